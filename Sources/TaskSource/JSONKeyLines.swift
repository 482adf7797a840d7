import JSON

/// The lines in which the keys of a JSON object stand.
///
/// The text has been read as JSON before: this looks for strings at depth one that a colon follows, nothing more.
struct JSONKeyLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var position = 0
        var line = 1
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A: line += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = position
                position += 1
                while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                if depth == 1, position < bytes.count, Self.colonFollows(bytes, position + 1),
                    let key = try? JSONValue(parsing: bytes[start...position]).string
                {
                    lines[key] = line
                }
            default: break
            }
            position += 1
        }
    }

    subscript(key: String) -> Int? { lines[key] }

    private static func colonFollows(_ bytes: [UInt8], _ start: Int) -> Bool {
        let next = bytes[start...].first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return next == UInt8(ascii: ":")
    }
}
