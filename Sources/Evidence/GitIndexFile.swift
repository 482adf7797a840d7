/// A git index, read without git: <https://git-scm.com/docs/index-format>.
struct GitIndexFile: Sendable {
    struct Entry: Sendable {
        var path: [UInt8]
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

    /// - Returns: nil for an index that keeps entries elsewhere (split), stands for directories (sparse), or has
    ///   anything else that is not known here.
    init?(_ bytes: [UInt8], objectFormat: String) {
        var reader = Reader(bytes: bytes, hashLength: objectFormat == "sha256" ? 32 : 20)
        guard let found = reader.entries(), reader.hasOnlyKnownExtensions() else { return nil }
        entries = found
    }

    private struct Reader {
        let bytes: [UInt8]
        let hashLength: Int
        var position = 0

        mutating func number() -> UInt32? {
            guard position + 4 <= bytes.count else { return nil }
            defer { position += 4 }
            let high = UInt32(bytes[position]) << 24 | UInt32(bytes[position + 1]) << 16
            return high | UInt32(bytes[position + 2]) << 8 | UInt32(bytes[position + 3])
        }

        mutating func entries() -> [Entry]? {
            guard bytes.starts(with: Array("DIRC".utf8)) else { return nil }
            position = 4
            guard let version = number(), (2...4).contains(version), let count = number(), count <= bytes.count / 62
            else { return nil }
            var entries: [Entry] = []
            entries.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let entry = entry(version, after: entries.last?.path ?? []) else { return nil }
                entries.append(entry)
            }
            return entries
        }

        private mutating func entry(_ version: UInt32, after last: [UInt8]) -> Entry? {
            let start = position
            guard let seconds = number(), let nanoseconds = number(), let modified = number(),
                let modifiedNanoseconds = number(), number() != nil, let inode = number(), let mode = number(),
                number() != nil, number() != nil, let size = number(), position + hashLength + 2 <= bytes.count
            else { return nil }
            position += hashLength
            let flags = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
            position += 2
            var more: UInt16 = 0
            if flags & 0x4000 != 0 {
                guard version >= 3, position + 2 <= bytes.count else { return nil }
                more = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
                position += 2
            }
            guard let path = path(version, start: start, after: last) else { return nil }
            return Entry(
                path: path, mode: mode, seconds: seconds, nanoseconds: nanoseconds,
                modifiedSeconds: modified, modifiedNanoseconds: modifiedNanoseconds, inode: inode, size: size,
                stage: UInt8(flags >> 12 & 3), isOverlooked: flags & 0x8000 != 0 || more != 0)
        }

        private mutating func path(_ version: UInt32, start: Int, after last: [UInt8]) -> [UInt8]? {
            var path: [UInt8] = []
            if version == 4 {
                guard let dropped = offset(), dropped <= last.count else { return nil }
                path = Array(last[..<(last.count - dropped)])
            }
            guard let end = bytes[position...].firstIndex(of: 0) else { return nil }
            path += bytes[position..<end]
            // From one to eight NULs bring the entry to a multiple of eight bytes; none of that in version 4.
            position = version == 4 ? end + 1 : start + (end - start + 8) / 8 * 8
            guard position <= bytes.count, !path.isEmpty else { return nil }
            return path
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
        mutating func hasOnlyKnownExtensions() -> Bool {
            while position + 8 <= bytes.count - hashLength {
                guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[position]) else { return false }
                position += 4
                guard let length = number(), Int(length) <= bytes.count - position else { return false }
                position += Int(length)
            }
            return position == bytes.count - hashLength
        }
    }
}
