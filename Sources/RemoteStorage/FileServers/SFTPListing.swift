/// What libcurl gives for a directory: a line for each entry, as the server writes it, which is as `ls -l` does.
struct SFTPListing {
    struct Entry {
        var name: String
        var size: Int
        /// As far as the server tells: to the minute, or to the day of older files.
        var date: String
    }

    /// The regular files. Lines that can't be read are left out, and those of names that can't be used.
    static func files(_ body: [UInt8]) -> [Entry] {
        body.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let text = String(validating: line, as: UTF8.self) else { return nil }
            return entry(text)
        }
    }

    /// `-rw-r--r--    1 me     users        12 Nov 27 08:15 A trip.md`: a user or a group may have spaces, so that the size
    /// is the first number that a date follows.
    private static func entry(_ line: String) -> Entry? {
        guard line.utf8.first == UInt8(ascii: "-") else { return nil }
        var words: [(text: Substring, end: Substring.Index)] = []
        var rest = line[...]
        // Mode, links, user, group, size and a date of three words; a few more for names with spaces.
        while words.count < 16 {
            rest = rest.drop { $0 == " " }
            let word = rest.prefix { $0 != " " }
            if word.isEmpty { break }
            words.append((word, word.endIndex))
            rest = rest[word.endIndex...]
            let count = words.count
            guard count >= 6 else { continue }
            for length in [2, 3] where count > length + 3 {
                let date = words[(count - length)...].map(\.text)
                guard isDate(date), let size = Int(words[count - length - 1].text), size >= 0 else { continue }
                guard rest.utf8.first == UInt8(ascii: " ") else { return nil }
                let name = String(rest.dropFirst())
                return StoragePath.isName(name)
                    ? Entry(name: name, size: size, date: date.joined(separator: " ")) : nil
            }
        }
        return nil
    }

    /// `Nov 27 08:15`, `Nov 27 2025`, `27 Nov 2025` or `2026-11-27 08:15`.
    private static func isDate(_ words: [Substring]) -> Bool {
        func isNumber(_ word: Substring, _ range: ClosedRange<Int>) -> Bool { Int(word).map(range.contains) ?? false }
        func isTime(_ word: Substring) -> Bool {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            return (2...3).contains(parts.count) && parts.allSatisfy { isNumber($0, 0...60) }
        }
        func isMonth(_ word: Substring) -> Bool { !word.isEmpty && word.allSatisfy { $0.isLetter || $0 == "." } }
        if words.count == 2 {
            let parts = words[0].split(separator: "-", omittingEmptySubsequences: false)
            return parts.count == 3 && parts.allSatisfy { isNumber($0, 1...9999) } && isTime(words[1])
        }
        let isLast = isTime(words[2]) || isNumber(words[2], 1900...9999)
        return isLast
            && (isMonth(words[0]) && isNumber(words[1], 1...31) || isNumber(words[0], 1...31) && isMonth(words[1]))
    }
}
