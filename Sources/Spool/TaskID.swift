/// The name of a task: the name of its directory, and its id in REST, webhooks and the command line.
///
/// Whatever can't be one of these can't become a path in the spool: `TaskID` is the only way from a stranger's text to
/// a file name of ours.
package struct TaskID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// The longest name, in bytes. Leaves room for suffixes within the 255 bytes that filesystems allow.
    package static let maximumLength = 128

    /// Nil unless the text matches `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
    package init?(_ text: some StringProtocol) {
        guard Self.isValid(Array(text.utf8)) else { return nil }
        rawValue = String(text)
    }

    static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= maximumLength, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }

    /// - Parameter bytes: Such that ``isValid(_:)``.
    init(validated bytes: some Collection<UInt8>) { rawValue = String(decoding: bytes, as: UTF8.self) }

    /// A new name, `YYYYMMDDTHHMMSSmmm-rrrrr-slug`: sorts by creation, and a person can read it in `ls`.
    ///
    /// Five characters of 36 are 60 million names per millisecond; two that are equal anyway meet at the rename, which
    /// replaces nothing.
    package static func make(name: String, at instant: Timestamp = .now()) -> TaskID {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        var random = SystemRandomNumberGenerator()
        let salt = String((0..<5).map { _ in alphabet[Int(random.next(upperBound: UInt(alphabet.count)))] })
        let slug = slug(of: name)
        let text = "\(instant.compact)-\(salt)" + (slug.isEmpty ? "" : "-\(slug)")
        return TaskID(unchecked: text)
    }

    private init(unchecked text: String) { rawValue = text }

    /// The name's last part in the name of a branch: `slug-rrrrr`, as the moment says little there; of a name that
    /// openloom did not make, all. Has no dots, of which git does not take every one.
    package var branchName: String {
        let salt = rawValue.prefix(Self.stampLength).suffix(5)
        let text =
            isMade
            ? rawValue.dropFirst(Self.stampLength + 1) + (rawValue.count > Self.stampLength ? "-" : "") + salt
            : rawValue[...]
        return String(text.map { $0 == "." ? "-" : $0 })
    }

    /// The same moment and the same random characters with another task's name: for a task that was named before it was
    /// read. A name that openloom did not make is left as it is.
    func renamed(_ name: String) -> TaskID {
        guard isMade else { return self }
        let slug = Self.slug(of: name)
        return TaskID(unchecked: String(rawValue.prefix(Self.stampLength)) + (slug.isEmpty ? "" : "-\(slug)"))
    }

    /// `YYYYMMDDTHHMMSSmmm-rrrrr`.
    static let stampLength = 24

    /// Whether the name has the form that ``make(name:at:)`` gives, so that it ends in the slug of the task's name.
    package var isMade: Bool {
        Self.isMade(rawValue.utf8)
    }

    static func isMade(_ bytes: some Collection<UInt8>) -> Bool {
        guard bytes.count >= stampLength else { return false }
        for (index, byte) in bytes.prefix(stampLength + 1).enumerated() {
            switch index {
            case 8: guard byte == UInt8(ascii: "T") else { return false }
            case 18, stampLength: guard byte == UInt8(ascii: "-") else { return false }
            case 19...: continue
            default: guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            }
        }
        return true
    }

    /// When openloom made the name; nil if it did not.
    package var created: Timestamp? {
        guard isMade else { return nil }
        let digits = Array(rawValue.prefix(Self.stampLength))
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return Timestamp(
            iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
                + "T\(part(9..<11)):\(part(11..<13)):\(part(13..<15)).\(part(15..<18))Z")
    }

    /// Lower-case ASCII letters and digits of a title, joined by dashes, at most 48 bytes.
    static func slug(of name: String) -> String {
        var slug = ""
        for byte in name.lowercased().utf8 {
            if isAlphanumeric(byte) {
                slug.unicodeScalars.append(Unicode.Scalar(byte))
            } else if !slug.isEmpty, slug.last != "-", byte < 0x80 {
                slug += "-"
            }
            if slug.utf8.count >= 48 { break }
        }
        while slug.last == "-" { slug.removeLast() }
        return slug
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    package var description: String { rawValue }

    package static func < (left: TaskID, right: TaskID) -> Bool {
        // All are ASCII, in which the order of texts is that of their bytes.
        left.rawValue < right.rawValue
    }
}
