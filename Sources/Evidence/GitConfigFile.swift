/// A git configuration file, read without git: <https://git-scm.com/docs/git-config#_syntax>.
///
/// Only what is plain: a file that includes others, or is written in a way that is not known here, is for git to read.
struct GitConfigFile: Sendable {
    /// As `git config -z --list` writes them: a name, and, but for one that stands alone, a newline and the value.
    private(set) var records: [[UInt8]] = []

    /// - Returns: nil for a file that is not plain.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes)
        guard reader.read() else { return nil }
        records = reader.records
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        var section: [UInt8] = []
        var records: [[UInt8]] = []

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        /// The next byte, a line's end being a newline however it is written.
        mutating func take() -> UInt8? {
            guard position < bytes.count else { return nil }
            defer { position += 1 }
            if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
            return bytes[position]
        }

        mutating func read() -> Bool {
            while let byte = next {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D: position += 1
                case UInt8(ascii: "#"), UInt8(ascii: ";"): skipLine()
                case UInt8(ascii: "["): guard header() else { return false }
                default: guard variable() else { return false }
                }
            }
            return true
        }

        private mutating func skipLine() { while let byte = take(), byte != 0x0A {} }

        /// `[section]`, `[section "Subsection"]`, or the old `[section.subsection]`.
        private mutating func header() -> Bool {
            position += 1
            var name: [UInt8] = []
            while let byte = next, Self.isName(byte) || byte == UInt8(ascii: ".") {
                name.append(Self.lower(byte))
                position += 1
            }
            if next == 0x20 || next == 0x09 {
                while next == 0x20 || next == 0x09 { position += 1 }
                guard take() == UInt8(ascii: "\"") else { return false }
                name.append(UInt8(ascii: "."))
                while true {
                    guard var byte = take(), byte != 0x0A, byte != 0 else { return false }
                    if byte == UInt8(ascii: "\"") { break }
                    if byte == UInt8(ascii: "\\") {
                        guard let escaped = take(), escaped != 0x0A else { return false }
                        byte = escaped
                    }
                    name.append(byte)
                }
            }
            guard take() == UInt8(ascii: "]"), !name.isEmpty else { return false }
            let first = name.prefix { $0 != UInt8(ascii: ".") }
            if first.elementsEqual("include".utf8) || first.elementsEqual("includeif".utf8) { return false }
            section = name
            return true
        }

        private mutating func variable() -> Bool {
            guard !section.isEmpty, let first = next, Self.isLetter(first) else { return false }
            var name = section + [UInt8(ascii: ".")]
            while let byte = next, Self.isName(byte) {
                name.append(Self.lower(byte))
                position += 1
            }
            while next == 0x20 || next == 0x09 { position += 1 }
            switch take() {
            case nil, 0x0A: records.append(name)
            case UInt8(ascii: "="):
                guard let value = value() else { return false }
                records.append(name + [0x0A] + value)
            default: return false
            }
            return true
        }

        private mutating func value() -> [UInt8]? {
            var value: [UInt8] = []
            var spaces: [UInt8] = []
            var isQuoted = false
            while let byte = take() {
                if byte == 0 { return nil }
                if byte == 0x0A { return isQuoted ? nil : value }
                if !isQuoted, byte == 0x20 || byte == 0x09 {
                    // Kept only between words, and some versions of git write one for several.
                    if byte == 0x09 || spaces.count > 0 && !value.isEmpty { return nil }
                    if !value.isEmpty { spaces.append(byte) }
                    continue
                }
                if !isQuoted, byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                    skipLine()
                    return value
                }
                value += spaces
                spaces = []
                switch byte {
                case UInt8(ascii: "\""): isQuoted.toggle()
                case UInt8(ascii: "\\"):
                    switch take() {
                    case 0x0A: break
                    case UInt8(ascii: "n"): value.append(0x0A)
                    case UInt8(ascii: "t"): value.append(0x09)
                    case UInt8(ascii: "b"): value.append(0x08)
                    case UInt8(ascii: "\\"): value.append(UInt8(ascii: "\\"))
                    case UInt8(ascii: "\""): value.append(UInt8(ascii: "\""))
                    default: return nil
                    }
                default: value.append(byte)
                }
            }
            return isQuoted ? nil : value
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }

        private static func isName(_ byte: UInt8) -> Bool {
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }

        private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 32 : byte }
    }
}
