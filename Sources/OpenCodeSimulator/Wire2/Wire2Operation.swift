import JSON

/// A request of wire 2 that fits an operation.
struct Wire2Call: Sendable {
    let request: SimulatorRequest
    let version: SimulatorVersion
    /// What stands in the path for the names in braces.
    let parameters: [String: String]
    /// The members of the body; none if it takes none.
    let body: JSONObject

    /// The value of a name in the path; every handler asks only for those of its own path.
    subscript(name: String) -> String { parameters[name] ?? "" }

    /// A whole number of the query within a range, or nil if it is not given.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Wire2Failure) -> Int? {
        guard let text = request.query[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let (least, most) = (range.lowerBound, range.upperBound)
            throw .invalid("\(name) must be a whole number from \(least) to \(most)", field: name)
        }
        return number
    }

    /// A member of the body that is a string, or nil if it is not given.
    func text(_ name: String, prefix: String = "") throws(Wire2Failure) -> String? {
        guard let value = body[name] else { return nil }
        guard let text = value.string, text.hasPrefix(prefix) else {
            let beginning = prefix.isEmpty ? "" : " that begins with \(prefix)"
            throw .invalid("\(name) must be a string\(beginning)", field: name)
        }
        return text
    }

    func requiredText(_ name: String) throws(Wire2Failure) -> String {
        guard let text = try text(name) else { throw .invalid("\(name) is missing", field: name) }
        return text
    }

    func flag(_ name: String) throws(Wire2Failure) -> Bool? {
        guard let value = body[name] else { return nil }
        guard let flag = value.bool else { throw .invalid("\(name) must be true or false", field: name) }
        return flag
    }
}

/// One method of one path: what it takes, and what does it.
struct Wire2Operation: Sendable {
    typealias Handler = @Sendable (Wire2Call, SimulatedServer) async throws(Wire2Failure) -> Answer

    let method: String
    /// With `{name}` for what varies.
    let path: String
    let segments: [String]
    /// The names that the query may hold.
    let query: [String]
    /// The members that the body may hold; nil for no body.
    let body: [String]?
    let handler: Handler

    /// - Parameter located: The operation is about a directory that the query names.
    init(
        _ method: String, _ path: String, query: [String] = [], body: [String]? = nil, located: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        segments = path.split(separator: "/").map(String.init)
        self.query = query + (located ? ["location[directory]", "location[workspace]"] : [])
        self.body = body
        self.handler = handler
    }

    /// What stands for the names in braces; nil if the path is another one.
    func parameters(of path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (template, segment) in zip(segments, path) {
            if template.hasPrefix("{") {
                found[String(template.dropFirst().dropLast())] = segment
            } else if template != segment {
                return nil
            }
        }
        return found
    }

    /// Refuses whatever the API does not name.
    func check(_ request: SimulatorRequest) throws(Wire2Failure) -> JSONObject {
        if let name = request.query.keys.sorted().first(where: { !query.contains($0) && $0 != "auth_token" }) {
            throw .invalid("Unexpected query parameter: \(name.prefix(80))", field: name)
        }
        guard let known = body else { return JSONObject() }
        guard let object = (request.body ?? [:]).object else { throw .invalid("The body must be a JSON object") }
        if let name = object.keys.first(where: { !known.contains($0) }) {
            throw .invalid("Unexpected property: \(name.prefix(80))", field: name)
        }
        return object
    }
}
