/// The header fields of a response, in the order in which they came.
package struct CurlHeaders: Sendable {
    /// The most fields of one response, and the most bytes of head that we read (names, values, interim responses and
    /// trailers together). A response beyond either fails with ``CurlError/Code/headersTooLarge``.
    package static let maximumCount = 256
    package static let maximumSize = 64 << 10

    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    /// The first value of a field, whose name is compared without regard to case; nil if the field is not there.
    package subscript(name: String) -> String? {
        fields.first { isEqualIgnoringCase($0.name, name) }?.value
    }

    /// All values of a field that may be there more than once.
    package func values(_ name: String) -> [String] {
        fields.filter { isEqualIgnoringCase($0.name, name) }.map(\.value)
    }

    mutating func append(name: String, value: String) { fields.append((name, value)) }

    /// Continues the last value, which an old server broke over two lines.
    mutating func fold(_ value: String) {
        guard !fields.isEmpty else { return }
        fields[fields.count - 1].value += " " + value
    }
}

private func isEqualIgnoringCase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
