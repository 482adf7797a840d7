import Blocking
import SystemPackage

/// One file as it was at the baseline, without git.
struct BaselineFile: Sendable, Hashable {
    var path: [UInt8]
    var status: FileStatus
    /// SHA-256 of the content, or of a symbolic link's target; nil where it was not read.
    var sha256: String?
    /// Where the content begins in `baseline.content`; nil where it was not kept.
    var offset: Int?
}

/// `baseline.list`: a record per file, each ended by a NUL as paths may hold anything else, so that
/// `tr '\0' '\n' <baseline.list` shows it:
/// `KIND MODE SIZE MTIME CTIME INODE DEVICE SHA256 OFFSET PATH`, KIND being `f`, `l` or `o`, MODE octal, times in
/// nanoseconds, `-` for what is not known.
///
/// Written and read by hand: for 100,000 files, text of the language's would take longer than to look at them all. So
/// would an object for each, which is made only for those that are asked for.
struct BaselineList: Sendable, RandomAccessCollection {
    private struct Record {
        var status: FileStatus
        /// Where in ``bytes`` the hash begins; negative where there is none.
        var hash: Int32
        var offset: Int?
    }

    private let bytes: [UInt8]
    private let records: [Record]
    let paths: PathList

    var startIndex: Int { 0 }
    var endIndex: Int { records.count }

    subscript(place: Int) -> BaselineFile {
        let record = records[place]
        let start = Int(record.hash)
        return BaselineFile(
            path: paths[place], status: record.status,
            sha256: start < 0 ? nil : String(decoding: bytes[start..<(start + Self.hashLength)], as: UTF8.self),
            offset: record.offset)
    }

    func status(of place: Int) -> FileStatus { records[place].status }
    func hasHash(_ place: Int) -> Bool { records[place].hash >= 0 }

    /// The paths of symbolic links.
    var links: [[UInt8]] { indices.filter { records[$0].status.kind == .link }.map { paths[$0] } }

    static func encode(_ files: some Collection<BaselineFile>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(files.count * 192)
        for file in files {
            let status = file.status
            bytes.append(contentsOf: status.kind.rawValue.utf8)
            append(Int(status.mode), radix: 8, to: &bytes)
            append(status.size, to: &bytes)
            append(status.modified, to: &bytes)
            append(status.changed, to: &bytes)
            append(Int(truncatingIfNeeded: status.inode), to: &bytes)
            append(Int(truncatingIfNeeded: status.device), to: &bytes)
            bytes.append(space)
            if let hash = file.sha256 { bytes.append(contentsOf: hash.utf8) } else { bytes.append(none) }
            if let offset = file.offset { append(offset, to: &bytes) } else { bytes += [space, none] }
            bytes.append(space)
            bytes.append(contentsOf: file.path)
            bytes.append(0)
        }
        return bytes
    }

    /// - Returns: nil when the list is not one that ``encode(_:)`` made.
    init?(_ bytes: [UInt8]) {
        guard bytes.isEmpty || bytes.last == 0, bytes.count <= Int(Int32.max) else { return nil }
        guard let part = Part(bytes, bytes.indices) else { return nil }
        self.init(bytes, part)
    }

    /// The same, a half on each of two threads.
    ///
    /// - Returns: nil when the list is not one that ``encode(_:)`` made.
    static func read(_ bytes: [UInt8]) async -> BaselineList? {
        guard bytes.count > 1 << 20, bytes.count <= Int(Int32.max), bytes.last == 0,
            let end = bytes.withUnsafeBytes({ Bytes.first(0, in: $0, from: $0.count / 2) })
        else { return BaselineList(bytes) }
        async let first = BlockingPool.run { Part(bytes, 0..<(end + 1)) }
        async let second = BlockingPool.run { Part(bytes, (end + 1)..<bytes.count) }
        guard var part = await first, let rest = await second else { return nil }
        part.records += rest.records
        part.ranges += rest.ranges
        return BaselineList(bytes, part)
    }

    private init(_ bytes: [UInt8], _ part: Part) {
        self.bytes = bytes
        records = part.records
        paths = PathList(bytes: bytes, ranges: part.ranges)
    }

    /// Some of the records, and where their paths are.
    private struct Part: Sendable {
        var records: [Record] = []
        var ranges: [Range<UInt32>] = []

        /// - Returns: nil when these bytes are not whole records.
        init?(_ bytes: [UInt8], _ part: Range<Int>) {
            records.reserveCapacity(part.count / 128)
            ranges.reserveCapacity(part.count / 128)
            let isRead = bytes.withUnsafeBytes { raw in
                var reader = Reader(bytes: UnsafeRawBufferPointer(rebasing: raw[..<part.upperBound]))
                reader.position = part.lowerBound
                while reader.position < part.upperBound {
                    guard let (record, path) = reader.record() else { return false }
                    records.append(record)
                    ranges.append(path)
                }
                return true
            }
            if !isRead { return nil }
        }
    }

    private static let hashLength = 64
    private static let space = UInt8(ascii: " ")
    private static let none = UInt8(ascii: "-")

    private static func append(_ number: Int, radix: Int = 10, to bytes: inout [UInt8]) {
        bytes.append(space)
        if number < 0 { bytes.append(none) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % UInt(radix)))
            rest /= UInt(radix)
        } while rest > 0
        bytes[start...].reverse()
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        mutating func record() -> (Record, path: Range<UInt32>)? {
            guard position + 1 < bytes.count else { return nil }
            position += 1
            guard let mode = number(radix: 8).flatMap({ UInt32(exactly: $0) }), let size = number(),
                let modified = number(), let changed = number(), let inode = number(), let device = number(),
                take(BaselineList.space)
            else { return nil }
            var hash: Int32 = -1
            if !take(BaselineList.none) {
                guard position + BaselineList.hashLength <= bytes.count else { return nil }
                hash = Int32(position)
                position += BaselineList.hashLength
            }
            var offset: Int?
            if position + 1 < bytes.count, bytes[position + 1] == BaselineList.none {
                position += 2
            } else {
                guard let found = number() else { return nil }
                offset = found
            }
            guard take(BaselineList.space), let end = Bytes.first(0, in: bytes, from: position), end > position else {
                return nil
            }
            defer { position = end + 1 }
            let status = FileStatus(
                mode: mode, size: size, modified: modified, changed: changed,
                inode: UInt64(truncatingIfNeeded: inode), device: UInt64(truncatingIfNeeded: device))
            return (Record(status: status, hash: hash, offset: offset), UInt32(position)..<UInt32(end))
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A space and a number.
        private mutating func number(radix: Int = 10) -> Int? {
            guard take(BaselineList.space) else { return nil }
            let isNegative = take(BaselineList.none)
            let start = position
            var value = 0
            while position < bytes.count, case let digit = Int(bytes[position]) - 0x30, (0..<radix).contains(digit) {
                // So many digits are never too large.
                if position - start < 18 {
                    value = value &* radix &- digit
                    position += 1
                    continue
                }
                let (product, tooLarge) = value.multipliedReportingOverflow(by: radix)
                let (sum, overflow) = product.subtractingReportingOverflow(digit)
                if tooLarge || overflow { return nil }
                value = sum
                position += 1
            }
            // Counted down, as the lowest number has no positive.
            if position == start || !isNegative && value == .min { return nil }
            return isNegative ? value : -value
        }
    }
}
