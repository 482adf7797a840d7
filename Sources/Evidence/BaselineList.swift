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
enum BaselineList {
    static func encode(_ files: [BaselineFile]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(files.count * 192)
        for file in files {
            let status = file.status
            let fields =
                "\(status.kind.rawValue) \(String(status.mode, radix: 8)) \(status.size) \(status.modified) "
                + "\(status.changed) \(status.inode) \(status.device) \(file.sha256 ?? "-") "
                + "\(file.offset.map { "\($0)" } ?? "-") "
            bytes.append(contentsOf: fields.utf8)
            bytes.append(contentsOf: file.path)
            bytes.append(0)
        }
        return bytes
    }

    /// - Returns: nil when the list is not one that ``encode(_:)`` made.
    static func decode(_ bytes: [UInt8]) -> [BaselineFile]? {
        guard bytes.isEmpty || bytes.last == 0 else { return nil }
        var files: [BaselineFile] = []
        for record in bytes.split(separator: 0) {
            let fields = record.split(separator: UInt8(ascii: " "), maxSplits: 9, omittingEmptySubsequences: false)
            guard fields.count == 10 else { return nil }
            let words = fields[..<9].map { String(decoding: $0, as: UTF8.self) }
            guard let mode = UInt32(words[1], radix: 8), let size = Int(words[2]), let modified = Int(words[3]),
                let changed = Int(words[4]), let inode = UInt64(words[5]), let device = UInt64(words[6]),
                words[7] == "-" || words[7].utf8.count == 64, words[8] == "-" || Int(words[8]) != nil
            else { return nil }
            let status = FileStatus(
                mode: mode, size: size, modified: modified, changed: changed, inode: inode, device: device)
            files.append(
                BaselineFile(
                    path: Array(fields[9]), status: status, sha256: words[7] == "-" ? nil : words[7],
                    offset: Int(words[8])))
        }
        return files
    }
}
