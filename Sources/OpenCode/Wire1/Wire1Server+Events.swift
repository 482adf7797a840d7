import Curl
import JSON

extension Wire1Server {
    /// Longer than the heartbeats of any version (10 s, before 30 s): a stream that is silent for so long is dead.
    private static let silence = Duration.seconds(70)

    package func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError) {
        var request = client.request("GET", "/global/event", query: [])
        request.headers = [(name: "Accept", value: "text/event-stream")]
        request.timeout = .seconds(10)
        request.idleTimeout = Self.silence
        do {
            let stream = try await client.curl.stream(request)
            if stream.status == 401 { throw client.unauthorized }
            guard stream.status == 200 else {
                throw AgentError(
                    .refused, "the OpenCode server's event stream answered with status \(stream.status)",
                    status: stream.status
                )
            }
            guard stream.contentType == "text/event-stream" else { throw client.webPage(stream.status) }
            handle(.connected)
            var parser = ServerSentEventParser(maximumFrame: client.settings.maximumEvent)
            for try await chunk in stream {
                for event in try parser.feed(chunk) {
                    // A frame that is no JSON tells nothing; the slow timer will.
                    guard let json = try? JSONValue(parsing: event.data), let hint = Self.hint(json) else { continue }
                    handle(hint)
                }
            }
        } catch let error as CurlError {
            throw client.translate(error)
        } catch let error as ServerSentEventError {
            throw AgentError(.tooLarge, "\(error)")
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError(.malformed, "\(error)")
        }
    }

    /// What an event means for us; nil for those that mean nothing. Takes the frames of `/global/event` and `/event`.
    static func hint(_ frame: JSONValue) -> AgentHint? {
        let event = frame["payload"] ?? frame
        let properties = event["properties"]
        let session =
            properties?["sessionID"]?.string ?? properties?["info"]?["sessionID"]?.string
            ?? properties?["part"]?["sessionID"]?.string
        switch event["type"]?.string {
        // The same things a second time.
        case "sync", nil: return nil
        case "session.error":
            let failure =
                failure(properties?["error"]) ?? AgentFailure(name: "UnknownError", message: "", mayPass: false)
            return .failure(session: session, failure)
        case "server.instance.disposed", "global.disposed": return .reset
        case "session.status", "session.idle": return session.map { .turn(session: $0) }
        case "message.updated":
            // The last step's completion and an error are news; all else is progress.
            let info = properties?["info"]
            let isNews =
                info?["role"]?.string == "user" || info?["time"]?["completed"]?.double != nil || info?["error"] != nil
            return session.map { isNews ? .turn(session: $0) : .activity(session: $0) }
        case "permission.asked", "permission.replied", "question.asked", "question.replied", "question.rejected":
            return session.map { .ask(session: $0) }
        case .some(let type):
            return type.hasPrefix("message.") ? session.map { .activity(session: $0) } : nil
        }
    }
}
