import HTTPTypes
import Hummingbird
import Synchronization

/// What becomes known of a request while it is answered, for the log and the metrics.
final class RequestRecord: Sendable {
    private struct State {
        var route: String?
        var caller: String?
    }

    /// What the client calls the request, if it says so, else a name that we make: in the answer, in every line that is
    /// logged for it, and in a problem.
    let id: String
    private let state = Mutex(State())

    static let header = HTTPField.Name("X-Request-Id")

    /// Longest id that is taken over.
    private static let longest = 128

    init(_ request: Request) {
        let given = Self.header.map { request.headers[values: $0] } ?? []
        id = given.count == 1 && Self.isUsable(given[0]) ? given[0] : "\(RequestID())"
    }

    /// It goes into logs: letters, digits and `-._` can do no harm there.
    private static func isUsable(_ text: String) -> Bool {
        let marks = Array("-._".utf8)
        return (1...longest).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || marks.contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
    }

    /// The pattern of the path that answers, once that is found: `/api/tasks/{id}`.
    var route: String? {
        get { state.withLock { $0.route } }
        set { state.withLock { $0.route = newValue } }
    }

    /// The name of the token that was shown.
    var caller: String? {
        get { state.withLock { $0.caller } }
        set { state.withLock { $0.caller = newValue } }
    }
}
