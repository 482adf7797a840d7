/// One entry of an index: `git ls-files -v -s -z`.
struct GitEntry: Hashable {
    /// `H` for an ordinary entry; lower case when the user told git to assume that it never changes, `S` when git is to
    /// skip the work tree's.
    var tag: UInt8
    var mode: UInt32
    var object: String
    var path: [UInt8]
    /// As `git update-index --index-info` takes it.
    var record: [UInt8]

    static let arguments = ["ls-files", "-v", "-s", "-z"]
    static let submodule: UInt32 = 0o160000

    /// Reads `TAG MODE OBJECT STAGE<tab>PATH`; nil for anything else.
    init?(_ bytes: [UInt8]) {
        // `?` marks a path that is not in the index, whatever it looks like.
        guard bytes.count > 2, bytes[0] != UInt8(ascii: "?"), let tab = bytes.firstIndex(of: UInt8(ascii: "\t")) else {
            return nil
        }
        let words = bytes[2..<max(2, tab)].split(separator: UInt8(ascii: " ")).map { PathText.shown($0) }
        guard words.count == 3, let mode = UInt32(words[0], radix: 8) else { return nil }
        tag = bytes[0]
        self.mode = mode
        object = words[1]
        path = Array(bytes[(tab + 1)...])
        record = Array(bytes[2...])
    }
}

/// One line of `git diff-index --raw -z`.
struct GitRawChange: Hashable {
    var modeBefore: UInt32
    var modeAfter: UInt32
    var objectBefore: String
    var objectAfter: String
    var path: [UInt8]

    /// Reads the raw part at the start of an answer, and returns it with the place at which the patch begins.
    ///
    /// - Returns: nil when the answer is not what git writes.
    static func parse(_ bytes: [UInt8]) -> (changes: [GitRawChange], patch: Int)? {
        var changes: [GitRawChange] = []
        var position = 0
        func field() -> ArraySlice<UInt8>? {
            guard let end = bytes[position...].firstIndex(of: 0) else { return nil }
            defer { position = end + 1 }
            return bytes[position..<end]
        }
        while position < bytes.count, bytes[position] == UInt8(ascii: ":") {
            guard let head = field(), let path = field() else { return nil }
            let words = head.dropFirst().split(separator: UInt8(ascii: " ")).map { PathText.shown($0) }
            guard words.count == 5, let before = UInt32(words[0], radix: 8), let after = UInt32(words[1], radix: 8)
            else { return nil }
            changes.append(
                GitRawChange(
                    modeBefore: before, modeAfter: after, objectBefore: words[2], objectAfter: words[3],
                    path: Array(path)))
        }
        // An empty field parts the two.
        if position < bytes.count {
            guard bytes[position] == 0 else { return nil }
            position += 1
        }
        return (changes, position)
    }

    var kind: FileChange.Kind {
        if modeBefore == 0 { return .added }
        if modeAfter == 0 { return .deleted }
        if modeBefore & 0o170000 != modeAfter & 0o170000 { return .typeChanged }
        return objectBefore == objectAfter ? .modeChanged : .modified
    }
}
