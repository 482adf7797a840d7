package import JSON
import Mustache

/// A Mustache template that is filled with a body. What it makes is text: nothing is escaped as HTML.
package struct SourceTemplate: Sendable {
    package let text: String
    private let template: MustacheTemplate

    /// - Throws: ``SourceFault`` for a text that is no template.
    package init(_ text: String) throws(SourceFault) {
        self.text = text
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + text)
        } catch {
            throw SourceFault("is no Mustache template: \(error)")
        }
    }

    package func render(_ body: JSONValue) -> String { template.render(Self.value(body)) }

    /// As Mustache takes it. A whole number is written without a point, `null` is nothing.
    private static func value(_ json: JSONValue) -> Any {
        switch json {
        case .null: return ""
        case .bool(let value): return value
        case .int(let value): return value
        case .double(let value):
            if let whole = json.int { return whole }
            return value
        case .string(let value): return value
        case .array(let values): return values.map(value)
        case .object(let object):
            return object.reduce(into: [String: Any]()) { $0[$1.name] = $1.value == .null ? nil : value($1.value) }
        }
    }
}

/// What is wrong with the configuration of a source, as the end of a sentence.
package struct SourceFault: Error, Sendable, Hashable {
    package var message: String

    package init(_ message: String) { self.message = message }
}
