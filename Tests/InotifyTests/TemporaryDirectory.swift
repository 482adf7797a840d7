import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport

/// What tests of a watcher do in their directory.
extension TemporaryDirectory {
    @discardableResult
    func makeDirectory(_ name: String) throws -> FilePath {
        let directory = path.appending(name)
        try check(directory.withPlatformString { mkdir($0, 0o700) })
        return directory
    }

    func removeDirectory(_ name: String) throws {
        try check(path.appending(name).withPlatformString { rmdir($0) })
    }

    func rename(_ old: String, _ new: String) throws {
        try check(
            path.appending(old).withPlatformString { from in
                path.appending(new).withPlatformString { Glibc.rename(from, $0) }
            })
    }

    func removeFile(_ name: String) throws {
        try check(path.appending(name).withPlatformString { unlink($0) })
    }

    func write(_ name: String, _ text: String = "x") throws {
        try write(bytes: Array(name.utf8), text)
    }

    /// A file whose name need not be UTF-8.
    func write(bytes name: [UInt8], _ text: String = "x") throws {
        let bytes = path.string.utf8CString.dropLast() + [0x2F] + name.map(CChar.init(bitPattern:)) + [0]
        let file = open(Array(bytes), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try check(file)
        defer { close(file) }
        try check(Int32(Glibc.write(file, text, text.utf8.count)))
    }

    func names() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: path.string))
    }

    private func check(_ result: Int32) throws {
        if result == -1 { throw Errno(rawValue: errno) }
    }
}
