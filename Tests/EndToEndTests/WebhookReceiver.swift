import JSON
import LoopbackServer
import Synchronization

/// A receiver of webhooks in the test's process, which a daemon in another one delivers to. Remembers every call before
/// it answers, also those that it then does not answer well.
final class WebhookReceiver: Sendable {
    struct Call: Sendable, Equatable {
        var id: String
        var number: Int
        var task: String
        var event: String
    }

    private final class Box: Sendable {
        let calls = Mutex<[Call]>([])
        let isDown = Mutex(false)
    }

    private let box = Box()
    private let server = Mutex<TestServer?>(nil)
    private let answer: @Sendable (TestConnection, Int) -> Void
    let port: UInt16

    /// - Parameter answer: Given the number of the call, from 1.
    init(_ answer: @escaping @Sendable (TestConnection, Int) -> Void = { connection, _ in connection.respond() }) throws
    {
        self.answer = answer
        let first = try Self.serve(box, port: 0, answer)
        port = first.port
        server.withLock { $0 = first }
    }

    private static func serve(
        _ box: Box, port: UInt16, _ answer: @escaping @Sendable (TestConnection, Int) -> Void
    ) throws -> TestServer {
        try TestServer(port: port) { connection in
            while let request = connection.read() {
                if box.isDown.withLock({ $0 }) { return connection.reset() }
                let json = (try? JSONValue(parsing: request.body)) ?? .null
                let call = Call(
                    id: request.header("webhook-id") ?? "", number: json["store_version"]?.int ?? 0,
                    task: json["task_id"]?.string ?? "", event: request.header("x-openloom-event") ?? "")
                let count = box.calls.withLock { calls in
                    calls.append(call)
                    return calls.count
                }
                answer(connection, count)
            }
        }
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// Everything that arrived, in its order.
    var calls: [Call] { box.calls.withLock { $0 } }

    /// Nobody listens any more, and kept connections are broken.
    func die() {
        box.isDown.withLock { $0 = true }
        server.withLock { $0 = nil }
    }

    /// Listens again on the same port.
    func comeBack() throws {
        server.withLock { $0 = nil }
        var next: TestServer?
        // The dead one's thread may hold the port for a moment.
        _ = Eventually.blocking(within: World.patience) {
            next = try? Self.serve(self.box, port: self.port, self.answer)
            return next != nil
        }
        guard let next else { throw Child.Failure(description: "the port \(port) is not to be had") }
        box.isDown.withLock { $0 = false }
        server.withLock { $0 = next }
    }
}
