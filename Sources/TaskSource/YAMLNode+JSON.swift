package import JSON
package import YAML

extension YAMLNode {
    /// The same value in JSON: what the core schema of YAML 1.2 says of each scalar, members in their order.
    package func json() -> JSONValue {
        switch content {
        case .sequence(let elements): return .array(elements.map { $0.json() })
        case .mapping(let members):
            var object = JSONObject()
            for member in members { object[member.key] = member.value.json() }
            return .object(object)
        case .scalar(let text, _, _): return JSONValue(scalar ?? .string(text))
        }
    }
}

extension JSONValue {
    init(_ scalar: YAMLScalar) {
        switch scalar {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .float(let value): self = .double(value)
        case .string(let value): self = .string(value)
        }
    }
}
