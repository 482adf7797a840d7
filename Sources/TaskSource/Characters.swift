/// What texts are made of, as far as it matters to us.
enum Characters {
    /// Whether a text has control characters of any kind, line breaks and tabs included.
    static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { isControl($0) }
    }

    /// C0, DEL and C1: what moves a terminal's cursor instead of being read.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// Without white space at both ends.
    static func trimmed(_ text: String) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// CRLF and CR as LF.
    static func withUnixLines(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var afterReturn = false
        for byte in text.utf8 {
            if byte == 0x0D {
                bytes.append(0x0A)
            } else if byte != 0x0A || !afterReturn {
                bytes.append(byte)
            }
            afterReturn = byte == 0x0D
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text as a task's name: on one line, without control characters, cut with `…` where it is too long.
    static func asName(_ text: String) -> String {
        let words = text.unicodeScalars.split { $0.properties.isWhitespace || isControl($0) }
        let line = words.map { String($0) }.joined(separator: " ")
        let most = TaskSpecBuilder.longestName
        guard line.unicodeScalars.count > most else { return line }
        return String(line.unicodeScalars.prefix(most - 1)) + "…"
    }
}
