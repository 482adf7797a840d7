/// Looks over XML before the parser does, for what would cost or allow too much.
///
/// Knows just enough of the syntax to tell tags, comments, CDATA and processing instructions apart; where the text is
/// not well-formed, the parser will say so.
struct MarkupCheck {
    enum Finding {
        case harmless
        /// `<!DOCTYPE` or any other declaration.
        case declaration
        /// An element has more than ``MarkupReader/attributes``.
        case attributes
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(bytes: [UInt8]) { self.bytes = bytes }

    static func check(_ bytes: [UInt8]) -> Finding {
        var markup = MarkupCheck(bytes: bytes)
        return markup.scan()
    }

    private mutating func scan() -> Finding {
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "<") {
                position += 1
            } else if take("<!--") {
                skip(past: "-->")
            } else if take("<![CDATA[") {
                skip(past: "]]>")
            } else if take("<?") {
                skip(past: "?>")
            } else if take("<!") {
                return .declaration
            } else if !skipTag() {
                return .attributes
            }
        }
        return .harmless
    }

    /// False if the tag has too many attributes.
    private mutating func skipTag() -> Bool {
        var quote: UInt8?
        var count = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                count += 1
                if count > MarkupReader.attributes { return false }
            } else if byte == UInt8(ascii: ">") {
                return true
            }
        }
        return true
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        var offset = 0
        while offset < count {
            guard position + offset < bytes.count, bytes[position + offset] == text.utf8Start[offset] else {
                return false
            }
            offset += 1
        }
        position += count
        return true
    }

    private mutating func skip(past end: StaticString) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
    }
}
