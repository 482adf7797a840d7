import JSON
import JSONSchema

@testable import API

/// `/api/openapi.json` as a judge of answers.
struct APIDescription: Sendable {
    struct Operation: Sendable {
        var method: String
        var template: String
        var json: JSONValue

        var id: String { json["operationId"]?.string ?? "" }
    }

    let operations: [Operation]
    let validator: SchemaValidator

    /// As the server would answer it to whoever may ask.
    init(of server: APIServer) {
        let configuration = server.configuration
        let gate = Gate(hosts: nil, origins: server.origins, tokens: configuration.tokens, maxBodyBytes: 0)
        let routes = server.makeRoutes(gate).routes
        let document = OpenAPIDocument(
            routes: routes, version: configuration.version, needsToken: configuration.tokens != nil)
        self.init(document.json)
    }

    init(_ document: JSONValue) {
        validator = SchemaValidator(definitions: document["components"]?["schemas"]?.object ?? [:])
        var operations: [Operation] = []
        for (template, item) in document["paths"]?.object ?? [:] {
            for (method, json) in item.object ?? [:] {
                operations.append(Operation(method: method.uppercased(), template: template, json: json))
            }
        }
        self.operations = operations
    }

    /// The operation that answers a request; nil if none is described.
    func operation(_ method: String, _ target: String) -> Operation? {
        let path = target.prefix { $0 != "?" }
        let fitting = operations.filter { $0.method == method && Self.fits(path, $0.template) }
        // The one with the fewest placeholders is meant.
        return fitting.min { left, right in
            left.template.filter { $0 == "{" }.count < right.template.filter { $0 == "{" }.count
        }
    }

    private static func fits(_ path: Substring, _ template: String) -> Bool {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        // `{path}` is the rest, however long.
        let isOpen = parts.last == "{path}" && segments.count > parts.count
        return (isOpen || parts.count == segments.count)
            && zip(parts, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    /// What is wrong with an answer; empty if nothing is, or if the request is none that is described.
    func problems(_ method: String, _ target: String, _ answer: HTTPAnswer) -> [String] {
        guard let operation = operation(method, target) else { return [] }
        let place = "\(method) \(operation.template) \(answer.status)"
        guard let response = operation.json["responses"]?[String(answer.status)] else {
            return ["\(place): the status is not described: \(answer.text.prefix(200))"]
        }
        var found: [String] = []
        for (name, header) in response["headers"]?.object ?? [:] where header["required"] == true {
            if answer.headers[name.lowercased()] == nil { found.append("\(place): \(name) is missing") }
        }
        guard let content = response["content"]?.object else {
            return answer.body.isEmpty ? found : found + ["\(place): a body, and none is described"]
        }
        let type = answer.headers["content-type"] ?? "none"
        guard let media = content[type] ?? content["*/*"] else {
            return found + ["\(place): \(type) is not described"]
        }
        let isJSON = type.hasSuffix("json")
        if let schema = media["schema"], !schema.isEmptyObject {
            found += validator.problems(isJSON ? answer.json : .string(answer.text), schema).map { "\(place): \($0)" }
        }
        return found
    }
}

extension JSONValue {
    fileprivate var isEmptyObject: Bool { object?.isEmpty == true }
}
