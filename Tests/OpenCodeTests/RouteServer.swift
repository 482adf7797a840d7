import JSON
import LoopbackServer
import Synchronization

/// A server that answers each route with what a test says, and remembers what it was asked.
final class RouteServer: Sendable {
    struct Answer: Sendable {
        var status = "200 OK"
        var type = "application/json"
        var body: String

        static func json(_ value: JSONValue, status: String = "200 OK") -> Answer {
            Answer(status: status, body: value.compact)
        }

        static let page = Answer(type: "text/html; charset=utf-8", body: "<!doctype html><title>OpenCode</title>")
        static let unauthorized = Answer.json(
            ["_tag": "UnauthorizedError", "message": "no"], status: "401 Unauthorized")
    }

    private final class Book: Sendable {
        let requests = Mutex<[TestRequest]>([])
        /// The last answer of a route is given for good.
        let routes: Mutex<[String: [Answer]]>

        init(_ routes: [String: Answer]) { self.routes = Mutex(routes.mapValues { [$0] }) }

        func answer(to route: String) -> Answer? {
            routes.withLock { routes in
                guard let answers = routes[route], let first = answers.first else { return nil }
                if answers.count > 1 { routes[route]?.removeFirst() }
                return first
            }
        }
    }

    private let server: TestServer
    private let book: Book

    /// - Parameters:
    ///   - routes: By method and path, as in `GET /api/info`.
    ///   - fallback: The answer to everything else.
    init(_ routes: [String: Answer], fallback: Answer = Answer(status: "404 Not Found", body: "{}")) throws {
        let book = Book(routes)
        self.book = book
        server = try TestServer { connection in
            while let request = connection.read() {
                book.requests.withLock { $0.append(request) }
                let answer = book.answer(to: Self.route(of: request)) ?? fallback
                connection.respond(answer.status, headers: ["Content-Type: \(answer.type)"], answer.body)
            }
        }
    }

    private static func route(of request: TestRequest) -> String {
        let words = request.line.split(separator: " ")
        guard words.count >= 2 else { return "" }
        return "\(words[0]) \(words[1].split(separator: "?").first ?? "")"
    }

    var url: String { server.url("") }

    /// Has a route answered so, one after the other.
    func set(_ route: String, _ answers: Answer...) { book.routes.withLock { $0[route] = answers } }

    /// The requests of a route.
    func requests(_ route: String) -> [TestRequest] { requests.filter { Self.route(of: $0) == route } }

    var requests: [TestRequest] { book.requests.withLock { $0 } }

    /// `GET /api/info` and so on, in the order in which they came.
    var askedRoutes: [String] { requests.map(Self.route) }
}
