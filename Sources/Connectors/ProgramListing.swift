/// What a program's `ls` prints: a line for each file, `PATH`, `PATH<TAB>SIZE` or `PATH<TAB>SIZE<TAB>VERSION`.
enum ProgramListing {
    /// The longest line, in bytes: a path of Linux is at most 4096 bytes long.
    private static let longestLine = 8192

    /// Lines that are no file's are left out: an empty path, one that is not UTF-8, or a line that is too long.
    static func files(_ output: [UInt8]) -> [RemoteFile] {
        output.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.count <= longestLine, let text = String(validating: line, as: UTF8.self) else { return nil }
            var fields = text.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            if fields.last?.last == "\r" { fields[fields.count - 1].removeLast() }
            guard let path = fields.first, !path.isEmpty else { return nil }
            let size = fields.count > 1 ? Int(fields[1]).flatMap { $0 >= 0 ? $0 : nil } : nil
            let version = fields.count > 2 && !fields[2].isEmpty ? String(fields[2]) : nil
            return RemoteFile(path: String(path), size: size, version: version)
        }
    }
}
