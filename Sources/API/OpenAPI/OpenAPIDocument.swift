import HTTPTypes
import JSON

/// `/api/openapi.json`, made from the routes that there are: what is not routed is not in it, and what is routed is.
struct OpenAPIDocument: Sendable {
    let routes: [DescribedRoute]
    let version: String
    /// Whether callers have to show a token.
    let needsToken: Bool

    var json: JSONValue {
        var paths: JSONObject = [:]
        for route in routes {
            let path = route.template
            var item = paths[path]?.object ?? [:]
            item[route.method.rawValue.lowercased()] = .object(operation(route))
            paths[path] = .object(item)
        }
        var schemas: JSONObject = [:]
        for (name, schema) in Self.schemas { schemas[name] = .object(schema.json) }
        var components: JSONObject = ["schemas": .object(schemas)]
        if needsToken {
            components["securitySchemes"] = [
                "token": [
                    "type": "http", "scheme": "bearer",
                    "description": "A token of the file that server.token_file names.",
                ]
            ]
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "openloom", "version": .string(version),
                "summary": "Files become finished, proven work by a coding agent.",
                "license": ["name": "MIT", "identifier": "MIT"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(
                Operation.Tag.allCases.map { ["name": .string($0.rawValue), "description": .string($0.text)] }),
            "paths": .object(paths),
            "components": .object(components),
        ]
    }

    private func operation(_ route: DescribedRoute) -> JSONObject {
        let operation = route.operation
        var json: JSONObject = [
            "operationId": .string(operation.id), "tags": [.string(operation.tag.rawValue)],
            "summary": .string(operation.summary),
        ]
        json["description"] = operation.text.map { .string($0) }
        let parameters = PathParameter.all(in: route.template).map(\.json) + operation.parameters.map(\.json)
        if !parameters.isEmpty { json["parameters"] = .array(parameters) }
        if !operation.body.isEmpty {
            json["requestBody"] = ["required": .bool(!operation.isBodyOptional), "content": content(operation.body)]
        }
        json["responses"] = .object(responses(route))
        if needsToken { json["security"] = route.scope == nil ? [] : [["token": []]] }
        json["x-scope"] = route.scope.map { .string($0.rawValue) }
        return json
    }

    private func content(_ content: [Operation.Content]) -> JSONValue {
        var json: JSONObject = [:]
        for one in content {
            var media: JSONObject = ["schema": .object(one.schema.json)]
            media["example"] = one.example
            json[one.mediaType] = .object(media)
        }
        return .object(json)
    }

    private func responses(_ route: DescribedRoute) -> JSONObject {
        var responses: JSONObject = [:]
        for answer in route.operation.answers {
            var json: JSONObject = ["description": .string(answer.text)]
            var headers = Self.everyHeader(answer.status)
            for (name, schema) in answer.headers.sorted(by: { $0.key < $1.key }) {
                headers[name] = ["schema": .object(schema.json)]
            }
            json["headers"] = .object(headers)
            if !answer.content.isEmpty { json["content"] = content(answer.content) }
            responses[String(answer.status)] = .object(json)
        }
        var kinds: [Int: [Problem.Kind]] = [:]
        for kind in problems(route) { kinds[kind.status.code, default: []].append(kind) }
        for (status, kinds) in kinds.sorted(by: { $0.key < $1.key }) {
            let names = kinds.map { "`\($0.rawValue)`: \($0.title)." }.joined(separator: " ")
            responses[String(status)] = [
                "description": .string(names),
                "headers": .object(Self.everyHeader(status)),
                "content": [Problem.mediaType: ["schema": .object(Schema.ref("Problem").json)]],
            ]
        }
        return responses
    }

    /// What every answer has; but for those to what could not be read as a request, which has no id yet.
    private static func everyHeader(_ status: Int) -> JSONObject {
        let isOfAny = ![400, 431].contains(status)
        return ["X-Request-Id": ["required": .bool(isOfAny), "schema": .object(Schema.string(longest: 128).json)]]
    }

    /// Each kind once.
    private func problems(_ route: DescribedRoute) -> [Problem.Kind] {
        var kinds: [Problem.Kind] = [
            .badHost, .malformedRequest, .foreignOrigin, .foreignHost, .headTooLarge, .failure,
        ]
        if needsToken, route.scope != nil { kinds += [.unauthorized, .missingScope] }
        if route.method.isMutation { kinds += [.notJSON, .bodyTooLarge] }
        if route.path.contains("{id}") { kinds.append(.taskNotFound) }
        if route.scope != nil { kinds += [.damaged, .spoolUnavailable] }
        for kind in route.operation.problems where !kinds.contains(kind) { kinds.append(kind) }
        return kinds
    }
}

extension Operation.Parameter {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(isRequired),
            "description": .string(text), "schema": .object(schema.json),
        ]
    }
}
