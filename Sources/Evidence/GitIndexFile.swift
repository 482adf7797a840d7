/// A git index, read without git: <https://git-scm.com/docs/index-format>.
struct GitIndexFile: Sendable {
    struct Entry: Sendable {
        var mode: UInt32
        /// As git saw the file when it last found this content in it; the low 32 bits of each.
        var seconds: UInt32
        var nanoseconds: UInt32
        var modifiedSeconds: UInt32
        var modifiedNanoseconds: UInt32
        var inode: UInt32
        var size: UInt32
        /// Not 0 while a merge is in conflict.
        var stage: UInt8
        /// The user told git to overlook the file, or to leave it out of the work tree, or it is only announced.
        var isOverlooked: Bool

        var isSubmodule: Bool { mode == GitEntry.submodule }
        var isLink: Bool { mode == 0o120000 }

        /// Nanoseconds since 1970.
        var changed: Int { Int(seconds) * 1_000_000_000 + Int(nanoseconds) }

        /// Whether the file is proven to have the content that git knows of it, by the rule that git goes by: it is the one
        /// that git saw, and had been at rest when the index was written.
        ///
        /// - Parameter written: The index's time of modification, in nanoseconds since 1970.
        func proves(_ status: FileStatus, written: Int) -> Bool {
            isSame(as: status) && status.modified < written
                && (isLink || (mode & 0o111 != 0) == WalkComparison.executable(status.mode))
        }

        /// Whether the file is, to all that is visible without reading it, the one that git saw.
        func isSame(as status: FileStatus) -> Bool {
            func low(_ value: Int) -> UInt32 { UInt32(truncatingIfNeeded: value) }
            let billion = 1_000_000_000
            return seconds == low(status.changed / billion) && nanoseconds == low(status.changed % billion)
                && modifiedSeconds == low(status.modified / billion)
                && modifiedNanoseconds == low(status.modified % billion)
                && inode == UInt32(truncatingIfNeeded: status.inode) && size == low(status.size)
                && (isLink ? status.kind == .link : status.kind == .regular)
        }
    }

    var entries: [Entry] = []
    /// Of the entries, by their places, in order.
    var paths = PathList([])
    /// The tree that git knows the entries to stand for, in hexadecimal; nil where it would have to be written.
    var tree: String?

    /// - Returns: nil for an index that keeps entries elsewhere (split), stands for directories (sparse), or has
    ///   anything else that is not known here.
    init?(_ bytes: [UInt8], objectFormat: String) {
        let isRead = bytes.withUnsafeBytes { raw in
            var reader = Reader(bytes: raw, hashLength: objectFormat == "sha256" ? 32 : 20)
            guard reader.readEntries(), reader.readExtensions() else { return false }
            entries = reader.entries
            paths = PathList(bytes: reader.version == 4 ? reader.text : bytes, ranges: reader.ranges)
            tree = reader.tree
            return true
        }
        if !isRead { return nil }
    }

    /// The places of the entries below a directory that are wanted.
    ///
    /// - Parameter prefix: The directory, with a slash at its end; empty for all there are.
    func places(below prefix: [UInt8], _ isWanted: (Entry) -> Bool) -> [Int] {
        entries.indices.filter { isWanted(entries[$0]) && paths.with($0) { $0.starts(with: prefix) } }
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        let hashLength: Int
        var position = 0
        var version: UInt32 = 0
        var entries: [Entry] = []
        var ranges: [Range<UInt32>] = []
        /// In version 4, where paths are not written out: what they are.
        var text: [UInt8] = []
        var tree: String?

        init(bytes: UnsafeRawBufferPointer, hashLength: Int) {
            self.bytes = bytes
            self.hashLength = hashLength
        }

        mutating func number() -> UInt32? {
            guard position + 4 <= bytes.count else { return nil }
            defer { position += 4 }
            return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        }

        private mutating func half() -> UInt16? {
            guard position + 2 <= bytes.count else { return nil }
            defer { position += 2 }
            return UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
        }

        mutating func readEntries() -> Bool {
            guard bytes.starts(with: "DIRC".utf8) else { return false }
            position = 4
            guard let version = number(), (2...4).contains(version), let count = number(), count <= bytes.count / 62
            else { return false }
            self.version = version
            entries.reserveCapacity(Int(count))
            ranges.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard readEntry() else { return false }
            }
            return true
        }

        private mutating func readEntry() -> Bool {
            let start = position
            guard let seconds = number(), let nanoseconds = number(), let modified = number(),
                let modifiedNanoseconds = number(), number() != nil, let inode = number(), let mode = number(),
                number() != nil, number() != nil, let size = number()
            else { return false }
            position += hashLength
            guard let flags = half() else { return false }
            var more: UInt16 = 0
            if flags & 0x4000 != 0 {
                guard version >= 3, let found = half() else { return false }
                more = found
            }
            guard readPath(start: start) else { return false }
            entries.append(
                Entry(
                    mode: mode, seconds: seconds, nanoseconds: nanoseconds, modifiedSeconds: modified,
                    modifiedNanoseconds: modifiedNanoseconds, inode: inode, size: size,
                    stage: UInt8(flags >> 12 & 3), isOverlooked: flags & 0x8000 != 0 || more != 0))
            return true
        }

        private mutating func readPath(start: Int) -> Bool {
            var kept: Range<UInt32> = 0..<0
            if version == 4 {
                let last = ranges.last ?? 0..<0
                guard let dropped = offset(), dropped <= last.count else { return false }
                kept = last.lowerBound..<(last.upperBound - UInt32(dropped))
            }
            guard let end = Bytes.first(0, in: bytes, from: position) else { return false }
            if version == 4 {
                let begin = UInt32(text.count)
                text += Array(text[Int(kept.lowerBound)..<Int(kept.upperBound)]) + bytes[position..<end]
                ranges.append(begin..<UInt32(text.count))
                position = end + 1
            } else {
                ranges.append(UInt32(position)..<UInt32(end))
                // From one to eight NULs bring the entry to a multiple of eight bytes; none of that in version 4.
                position = start + (end - start + 8) / 8 * 8
            }
            return position <= bytes.count && ranges.last?.isEmpty == false
        }

        /// git's number of variable length, as in a pack's offsets.
        private mutating func offset() -> Int? {
            var value = 0
            for _ in 0..<5 {
                guard position < bytes.count else { return nil }
                let byte = bytes[position]
                position += 1
                value = value << 7 | Int(byte & 0x7F)
                if byte & 0x80 == 0 { return value }
                value += 1
            }
            return nil
        }

        /// Those whose names begin with a capital letter may be ignored by anyone.
        ///
        /// - Returns: Whether there are no others.
        mutating func readExtensions() -> Bool {
            while position + 8 <= bytes.count - hashLength {
                let name = bytes[position..<(position + 4)]
                guard let first = name.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                    return false
                }
                position += 4
                guard let length = number(), Int(length) <= bytes.count - position else { return false }
                if name.elementsEqual("TREE".utf8) {
                    readTree(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + Int(length))]))
                }
                position += Int(length)
            }
            return position == bytes.count - hashLength
        }

        /// The first of the trees is that of all entries: an empty path, a NUL, their number, a space, the number of
        /// trees below, a newline, and its id; without one, and with the number -1, where it is not known.
        private mutating func readTree(_ content: UnsafeRawBufferPointer) {
            guard content.first == 0, let space = content.firstIndex(of: UInt8(ascii: " ")),
                let count = Int(PathText.shown(content[1..<space])), count == entries.count,
                let newline = content[space...].firstIndex(of: UInt8(ascii: "\n")),
                newline + 1 + hashLength <= content.count
            else { return }
            tree = PathText.hexadecimal(content[(newline + 1)..<(newline + 1 + hashLength)])
        }
    }
}
