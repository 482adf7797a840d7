import JSON
import Spool

/// A request for each route that succeeds.
struct EachRoute {
    var method = "GET"
    var path: String
    var headers: [(String, String)] = []
    var body: JSONValue?
    /// Its answer has no end.
    var isStream = false

    static func requests(_ api: RunningAPI) throws -> [EachRoute] {
        func post(_ path: String, _ body: JSONValue? = nil) -> EachRoute {
            EachRoute(method: "POST", path: path, body: body)
        }
        let task = "/api/tasks/\(try api.files.submit())"
        let ended = "/api/tasks/\(try api.files.ended(.error, reason: "the model refused"))"
        return [
            EachRoute(path: "/livez"), EachRoute(path: "/readyz"), EachRoute(path: "/metrics"),
            EachRoute(path: "/api/state"),
            post("/api/tasks", api.body()), EachRoute(path: "/api/tasks"), EachRoute(path: task),
            EachRoute(path: "/api/events", isStream: true), EachRoute(path: "\(task)/events", isStream: true),
            post("\(task)/hold"), post("\(task)/release"), post("\(task)/pause"), post("\(task)/resume"),
            post("\(task)/abort"), post("\(ended)/retry"), EachRoute(method: "DELETE", path: task),
        ]
    }
}
