import HTTPTypes
import Hummingbird

/// What an answer is known by, so that a client that has it need not get it again.
struct EntityTag: Sendable, Hashable {
    /// Without quotes.
    let text: String
    /// Whether answers with the same tag may differ in what does not matter.
    var isWeak = false

    var field: String { isWeak ? "W/\"\(text)\"" : "\"\(text)\"" }

    /// What a header of conditions says.
    enum Condition {
        /// `*`: whatever there is.
        case any
        case tags([EntityTag])
    }

    /// Nil if the request has no such header. What is no tag in it, is as good as one that nothing has.
    static func condition(_ name: HTTPField.Name, of request: Request) -> Condition? {
        let values = request.headers[values: name]
        if values.isEmpty { return nil }
        let words = values.flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces() }
        if words == ["*"] { return .any }
        return .tags(words.compactMap { EntityTag(field: $0) })
    }

    init(_ text: String, isWeak: Bool = false) {
        self.text = text
        self.isWeak = isWeak
    }

    init?(field: Substring) {
        let isWeak = field.hasPrefix("W/")
        let quoted = isWeak ? field.dropFirst(2) : field
        guard quoted.count >= 2, quoted.first == "\"", quoted.last == "\"" else { return nil }
        self.init(String(quoted.dropFirst().dropLast()), isWeak: isWeak)
    }

    /// Whether the client that sent the request has this already, as `If-None-Match` says.
    func isKnown(to request: Request) -> Bool {
        switch Self.condition(.ifNoneMatch, of: request) {
        case nil: false
        case .any: true
        case .tags(let tags): tags.contains { $0.text == text }
        }
    }

    /// `304`: nothing is sent.
    var notModified: Response { Response(status: .notModified, headers: headers([:])) }

    /// With the tag, for an answer that may be kept as long as it is asked after each time.
    func headers(_ others: HTTPFields) -> HTTPFields {
        var fields = others
        fields[.eTag] = field
        fields[.cacheControl] = "private, no-cache"
        return fields
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
