import Foundation
import JSON
import JSONSchema

/// OpenCode's description of its API, with what changed since it was written (1.15 to 1.18).
struct OpenCodeSchema: Sendable {
    static let shared = OpenCodeSchema()

    private let paths: JSONObject
    let validator: SchemaValidator

    private init() {
        let file = "\(#filePath.dropLast("Support/OpenCodeSchema.swift".count))Fixtures/openapi-v1.json"
        let data = FileManager.default.contents(atPath: file) ?? Data()
        let document = (try? JSONValue(parsing: data)) ?? .null
        var definitions = document["components"]?["schemas"]?.object ?? JSONObject()
        // A diff has a patch instead of the whole texts.
        definitions["FileDiff"] = [
            "type": "object",
            "properties": [
                "file": ["type": "string"], "patch": ["type": "string"], "additions": ["type": "number"],
                "deletions": ["type": "number"],
                "status": ["type": "string", "enum": ["added", "deleted", "modified"]],
            ],
            "required": ["file", "patch", "additions", "deletions"],
        ]
        // Sessions gained these.
        if var session = definitions["Session"]?.object, var properties = session["properties"]?.object {
            properties["path"] = ["type": "string"]
            properties["agent"] = ["type": "string"]
            properties["cost"] = ["type": "number"]
            properties["tokens"] = definitions["AssistantMessage"]?["properties"]?["tokens"]
            session["properties"] = .object(properties)
            definitions["Session"] = .object(session)
        }
        paths = document["paths"]?.object ?? JSONObject()
        validator = SchemaValidator(definitions: definitions)
    }

    var isLoaded: Bool { !paths.isEmpty }

    func problems(_ value: JSONValue, _ name: String) -> [String] {
        validator.problems(value, ["$ref": .string("#/components/schemas/\(name)")])
    }

    /// What is wrong with an answer. Paths that OpenCode does not have are answered with a web page.
    func problems(_ method: String, _ path: String, _ answer: TestAnswer) -> [String] {
        guard let operation = operation(method, path) else {
            let known =
                ["/api/health", "/doc"].contains(path) || answer.headers["content-type"]?.hasPrefix("text/html") == true
            return known ? [] : ["\(method) \(path): not in the API, and no web page"]
        }
        guard let response = operation["responses"]?[String(answer.status)] else {
            return ["\(method) \(path): status \(answer.status) is not in the API: \(answer.text.prefix(200))"]
        }
        guard let schema = response["content"]?["application/json"]?["schema"] else {
            return answer.text.isEmpty ? [] : ["\(method) \(path): \(answer.status) has a body"]
        }
        if answer.headers["content-type"] != "application/json" {
            return ["\(method) \(path): content type \(answer.headers["content-type"] ?? "none")"]
        }
        return validator.problems(answer.json, schema).map { "\(method) \(path) \(answer.status): \($0)" }
    }

    /// What is wrong with an event.
    func problems(event: JSONValue, isGlobal: Bool) -> [String] {
        var payload = event
        if isGlobal {
            guard event["directory"]?.string != nil, let inner = event["payload"] else {
                return ["a global event without directory or payload: \(event.compact.prefix(200))"]
            }
            payload = inner
            if inner["type"] == "sync" { return problems(duplicate: inner) }
        }
        if payload["id"]?.string?.hasPrefix("evt_") != true {
            return ["an event without id: \(payload.compact.prefix(200))"]
        }
        let type = payload["type"]?.string ?? ""
        // Newer than the description.
        if type == "server.heartbeat" { return payload["properties"] == [:] ? [] : ["a heartbeat with properties"] }
        guard validator.definitions["Event.\(type)"] != nil else { return ["no event is called \(type)"] }
        return problems(payload, "Event.\(type)").map { "\(type): \($0)" }
    }

    private func problems(duplicate: JSONValue) -> [String] {
        let event = duplicate["syncEvent"]
        guard let type = event?["type"]?.string, type.hasSuffix(".1"), event?["seq"]?.int != nil,
            event?["aggregateID"]?.string != nil, let data = event?["data"]
        else { return ["a duplicate without type, seq, aggregateID or data"] }
        let plain = String(type.dropLast(2))
        return problems(["type": .string(plain), "properties": data], "Event.\(plain)")
    }

    private func operation(_ method: String, _ path: String) -> JSONValue? {
        let segments = path.split(separator: "/")
        let fitting = paths.keys.filter { template in
            let parts = template.split(separator: "/")
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        // The one with the fewest placeholders is meant.
        let best = fitting.min { left, right in
            left.filter { $0 == "{" }.count < right.filter { $0 == "{" }.count
        }
        return best.flatMap { paths[$0]?[method.lowercased()] }
    }
}
