import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import ServiceLifecycle

/// The way of every request: gate, faults, then its route.
struct SimulatorResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private let server: SimulatedServer
    private let gate: RequestGate
    /// Nil for wire 1.
    private let wire2: Wire2Routes?

    /// Prompts may carry files; more than this is refused with 413.
    private static let maximumBody = 32 << 20

    init(server: SimulatedServer) {
        self.server = server
        gate = RequestGate(server.options, server.version)
        wire2 = server.version.isWire2 ? Wire2Routes(server.version) : nil
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        if let refusal = gate.refusal(request.head) { return refusal.response }
        var call = SimulatorRequest(request.head)
        let isControl = call.segments.first == "simulator"
        if !isControl {
            switch await server.obstacle(call) {
            case .none: break
            case .delay(let seconds): try await wait(seconds)
            case .answer(let answer): return answer.response
            case .hang:
                try await hang(request)
                return dropped
            case .reset: return dropped
            }
            if let scope = stream(call) { return await stream(scope, request) }
        }
        if request.method == .post || request.method == .patch || request.method == .put {
            let body: ByteBuffer
            do {
                body = try await request.body.collect(upTo: Self.maximumBody)
            } catch is NIOTooManyBytesError {
                return Answer.failure(413, "The body is larger than \(Self.maximumBody) bytes").response
            }
            if body.readableBytes > 0 {
                do {
                    call.body = try JSONValue(parsing: body.readableBytesView)
                } catch {
                    if wire2 != nil { return Wire2Failure.invalid("The body is no JSON: \(error)").answer.response }
                    return Answer.badRequest("The body is no JSON: \(error)").response
                }
            }
        }
        let answer = try await answer(call, isControl: isControl)
        switch answer.delivery {
        case .prompt: break
        case .late(let seconds): try await wait(seconds)
        case .never:
            try await hang(request)
            return dropped
        case .dropped: return dropped
        }
        return answer.response
    }

    private func answer(_ call: SimulatorRequest, isControl: Bool) async throws -> Answer {
        if isControl { return await ControlRoutes.answer(call, server) }
        if let wire2 { return await wire2.answer(call, server) }
        if let answer = try await Wire1Routes.answer(call, server) { return answer }
        return .webPage
    }

    // MARK: obstacles

    private func wait(_ seconds: Double) async throws {
        try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(seconds)) }
    }

    /// Until the caller gives up, or the simulator ends.
    private func hang(_ request: Request) async throws {
        _ = try? await request.body.consumeWithCancellationOnInboundClose { _ in
            try await cancelWhenGracefulShutdown {
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
    }

    /// An answer that never comes: the connection is closed before a byte of it.
    private var dropped: Response {
        Response(status: .ok, body: ResponseBody { _ in throw StreamCutOff() })
    }

    // MARK: streams

    private func stream(_ call: SimulatorRequest) -> EventBroadcast.Scope? {
        // Who does not say that a stream is wanted gets none.
        if wire2 != nil {
            return Wire2Routes.isStream(call) && call.accept.contains("text/event-stream") ? .server : nil
        }
        guard call.method == "GET" else { return nil }
        switch call.segments {
        case ["event"]: return .directory(call.directory)
        case ["global", "event"]: return .global
        default: return nil
        }
    }

    private func stream(_ scope: EventBroadcast.Scope, _ request: Request) async -> Response {
        guard let (key, frames) = await server.listen(scope) else {
            return Answer.failure(503, "Event streams are refused at the moment").response
        }
        let body = ResponseBody { [server] writer in
            do {
                try await request.body.consumeWithInboundCloseHandler { _ in
                    for try await frame in frames { try await writer.write(frame) }
                } onInboundClosed: {
                    Task { await server.stopListening(key) }
                }
                await server.stopListening(key)
                try await writer.finish(nil)
            } catch {
                await server.stopListening(key)
                throw error
            }
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .connection: "keep-alive"],
            body: body)
    }
}
