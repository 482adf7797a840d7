import Curl
import JSON

extension OpenCodeClient {
    /// Longer than the heartbeats of any version (10 or 15 s, before 30 s): a stream that is silent for so long is dead.
    private static let silence = Duration.seconds(70)

    /// Follows an event stream until it ends.
    ///
    /// A frame that is no JSON is passed over: it tells nothing, and the slow timers of those who wait will.
    ///
    /// - Parameters:
    ///   - onOpen: Called once, when the server has answered that this is a stream.
    ///   - onFrame: Called with each frame, in order. Throwing ends the stream.
    func follow(
        _ path: String, onOpen: @Sendable () -> Void,
        onFrame: @Sendable (JSONValue) throws(AgentError) -> Void
    ) async throws(AgentError) {
        var request = self.request("GET", path, query: [])
        request.headers = [(name: "Accept", value: "text/event-stream")]
        request.timeout = .seconds(10)
        request.idleTimeout = Self.silence
        do {
            let stream = try await curl.stream(request)
            if stream.status == 401 { throw unauthorized }
            guard stream.status == 200 else {
                throw AgentError(
                    .refused, "the OpenCode server's event stream answered with status \(stream.status)",
                    status: stream.status
                )
            }
            guard stream.contentType == "text/event-stream" else { throw webPage(stream.status) }
            onOpen()
            var parser = ServerSentEventParser(maximumFrame: settings.maximumEvent)
            for try await chunk in stream {
                for event in try parser.feed(chunk) {
                    guard let json = try? JSONValue(parsing: event.data) else { continue }
                    try onFrame(json)
                }
            }
        } catch let error as CurlError {
            throw translate(error)
        } catch let error as ServerSentEventError {
            throw AgentError(.tooLarge, "\(error)")
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError(.malformed, "\(error)")
        }
    }
}
