/// Turns a file's bytes into text.
enum SourceText {
    /// Reads UTF-8 with or without byte order mark, and UTF-16 with one.
    static func decode(_ bytes: [UInt8]) throws(TaskSourceError) -> String {
        if bytes.starts(with: [0xFF, 0xFE, 0x00, 0x00]) || bytes.starts(with: [0x00, 0x00, 0xFE, 0xFF]) {
            throw TaskSourceError(TaskSourceProblem(message: "the text is UTF-32; save it as UTF-8"))
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return try utf16(bytes) { UInt16($0) | UInt16($1) << 8 } }
        if bytes.starts(with: [0xFE, 0xFF]) { return try utf16(bytes) { UInt16($0) << 8 | UInt16($1) } }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let decoded = String(validating: text, as: UTF8.self) else { throw invalidUTF8(bytes) }
        return decoded
    }

    private static func utf16(
        _ bytes: [UInt8], unit: (UInt8, UInt8) -> UInt16
    ) throws(TaskSourceError) -> String {
        guard bytes.count.isMultiple(of: 2) else {
            throw TaskSourceError(
                TaskSourceProblem(
                    message: "the text is UTF-16, but ends in the middle of a character; save it as UTF-8")
            )
        }
        let units = stride(from: 2, to: bytes.count, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw TaskSourceError(
                TaskSourceProblem(message: "the text is UTF-16 with half a surrogate pair in it; save it as UTF-8")
            )
        }
        return text
    }

    private static func invalidUTF8(_ bytes: [UInt8]) -> TaskSourceError {
        var parser = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var offset = 0
        var line = 1
        scan: while true {
            switch parser.parseScalar(from: &input) {
            case .valid(let encoded):
                offset += encoded.count
                if encoded.first == 0x0A { line += 1 }
            case .emptyInput, .error: break scan
            }
        }
        let byte = offset < bytes.count ? String(bytes[offset], radix: 16, uppercase: true) : "end"
        return TaskSourceError(
            TaskSourceProblem(
                place: .line(line),
                message:
                    "the text is not UTF-8 (byte \(offset) is \(byte.count == 1 ? "0" : "")\(byte)); save it as UTF-8"
            )
        )
    }
}
