/// Words of which each must be in a text, in whatever case.
struct SearchText: Sendable {
    private let words: [[UInt8]]

    static let longest = 200
    static let advice = "should be words to look for, of \(longest) characters together at most"

    static let pattern = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$"

    /// Nil without a word, for too many, and for what nobody types.
    init?(_ text: some StringProtocol) {
        words = text.split(whereSeparator: \.isWhitespace).map { Array($0.lowercased().utf8) }
        guard !words.isEmpty, text.unicodeScalars.count <= Self.longest,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { return nil }
    }

    /// Whether each word is in one of the texts.
    func isIn(_ texts: String...) -> Bool {
        let lowered = texts.map { Array($0.lowercased().utf8) }
        return words.allSatisfy { word in lowered.contains { Self.contains($0, word) } }
    }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard let first = word.first, text.count >= word.count else { return false }
        return text.withUnsafeBufferPointer { text in
            word.withUnsafeBufferPointer { word in
                for start in 0...text.count - word.count where text[start] == first {
                    if text[start..<start + word.count].elementsEqual(word) { return true }
                }
                return false
            }
        }
    }
}
