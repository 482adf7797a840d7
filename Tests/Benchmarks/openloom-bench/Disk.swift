import FoundationEssentials
import Glibc
import SystemPackage

/// Files as people and scripts handle them: nothing is synced.
enum Disk {
    /// Opens, writes, closes: what an editor or `cp` does to an inbox.
    static func write(_ text: String, to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        _ = try file.closeAfter { try file.writeAll(text.utf8) }
    }

    static func makeDirectory(_ path: FilePath) throws {
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    static func text(_ path: FilePath) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        // By reading, as files under /proc say that they are empty.
        while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += buffer[..<count]
        }
        try? file.close()
        return String(decoding: bytes, as: UTF8.self)
    }

    static func size(of path: FilePath) throws -> Int {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { throw BenchFailure("there is no \(path)") }
        return Int(status.st_size)
    }

    static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    static func names(in path: FilePath) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    }
}

/// A directory of our own, by its real path.
struct TemporaryDirectory {
    let path: FilePath

    init(in parent: FilePath) throws {
        var template = Array(parent.appending("openloom-bench-XXXXXX").string.utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
            throw BenchFailure("can't make a directory in \(parent): \(Errno(rawValue: errno))")
        }
        defer { free(real) }
        path = FilePath(String(cString: real))
    }

    func remove() { try? FileManager.default.removeItem(atPath: path.string) }
}
