import JSON

/// What a server's description of itself must hold for us to speak to it: the routes that we use, and the names of fields
/// that changed once.
struct ServerMarkers {
    struct Route: Hashable {
        var method: String
        /// With `{}` for every parameter.
        var path: String
        /// A field of the request's body.
        var field: String?

        init(_ method: String, _ path: String, field: String? = nil) {
            self.method = method
            self.path = path
            self.field = field
        }
    }

    var routes: [Route]

    static let wire1 = ServerMarkers(routes: [
        Route("get", "/global/event"), Route("post", "/session"), Route("get", "/session"),
        Route("get", "/session/status"), Route("get", "/session/{}"), Route("get", "/session/{}/children"),
        Route("get", "/session/{}/message"), Route("post", "/session/{}/prompt_async", field: "messageID"),
        Route("post", "/session/{}/abort"), Route("get", "/permission"),
        Route("post", "/permission/{}/reply", field: "reply"), Route("get", "/question"),
        Route("post", "/question/{}/reply", field: "answers"), Route("post", "/question/{}/reject"),
    ])

    static let wire2 = ServerMarkers(routes: [
        Route("get", "/api/info"), Route("get", "/api/event"),
        Route("post", "/api/session", field: "location"), Route("get", "/api/session"),
        Route("get", "/api/session/active"), Route("get", "/api/session/{}"),
        Route("get", "/api/session/{}/message"), Route("post", "/api/session/{}/prompt", field: "delivery"),
        Route("get", "/api/session/{}/inbox"), Route("delete", "/api/session/{}/inbox/{}"),
        Route("post", "/api/session/{}/interrupt"), Route("get", "/api/permission/request"),
        Route("post", "/api/session/{}/permission/{}/reply", field: "decision"), Route("get", "/api/form"),
        Route("post", "/api/session/{}/form/{}/reply", field: "answer"), Route("delete", "/api/session/{}/form/{}"),
        Route("get", "/api/model"), Route("get", "/api/agent"),
    ])

    /// The routes and fields that an OpenAPI document does not have, as `POST /path (field)`.
    func missing(in document: JSONValue) -> [String] {
        var paths: [String: JSONValue] = [:]
        for (path, item) in document["paths"]?.object ?? [:] { paths[Self.plain(path)] = item }
        return routes.filter { route in
            guard let operation = paths[route.path]?[route.method] else { return true }
            guard let field = route.field, let body = operation["requestBody"] else { return route.field != nil }
            var budget = 2000
            return !Self.mentions(field, body, document, depth: 0, budget: &budget)
        }.map { route in
            "\(route.method.uppercased()) \(route.path)" + (route.field.map { " (\($0))" } ?? "")
        }
    }

    private static func plain(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") || part.hasPrefix(":") ? "{}" : String(part)
        }.joined(separator: "/")
    }

    /// Whether a schema has a property of that name, in itself or in what it refers to. Bounded: the document is a
    /// stranger's, and may refer to itself.
    private static func mentions(
        _ field: String, _ value: JSONValue, _ document: JSONValue, depth: Int, budget: inout Int
    ) -> Bool {
        budget -= 1
        guard depth < 16, budget > 0 else { return false }
        if let elements = value.array {
            for element in elements where mentions(field, element, document, depth: depth + 1, budget: &budget) {
                return true
            }
            return false
        }
        guard let members = value.object else { return false }
        if members["properties"]?[field] != nil { return true }
        if let reference = members["$ref"]?.string, reference.hasPrefix("#/") {
            var target: JSONValue? = document
            for part in reference.dropFirst(2).split(separator: "/") { target = target?[String(part)] }
            if let target, mentions(field, target, document, depth: depth + 1, budget: &budget) { return true }
        }
        for (_, member) in members where mentions(field, member, document, depth: depth + 1, budget: &budget) {
            return true
        }
        return false
    }
}
