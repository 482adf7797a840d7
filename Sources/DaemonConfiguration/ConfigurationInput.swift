import Glibc
import SystemPackage

/// A file that the configuration is read from, in memory.
struct ConfigurationInput {
    var bytes: [UInt8]
    /// Whether nobody but its owner may read or write it.
    var isPrivate: Bool

    enum Fault: Error {
        case missing
        case unusable(String)
    }

    /// Reads a regular file of at most `limit` bytes. Anything else (a pipe, a device, a directory) is refused without
    /// waiting for it.
    static func read(_ path: FilePath, limit: Int) throws(Fault) -> ConfigurationInput {
        let file = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard file >= 0 else {
            let code = Errno(rawValue: errno)
            throw code == .noSuchFileOrDirectory ? .missing : .unusable("can't be opened: \(code)")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unusable("can't be read: \(Errno(rawValue: errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable("is not a regular file") }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 {
                let code = Errno(rawValue: errno)
                if code == .interrupted { continue }
                throw .unusable("can't be read: \(code)")
            }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .unusable("has more than \(limit) bytes") }
        }
        return ConfigurationInput(bytes: bytes, isPrivate: status.st_mode & 0o077 == 0)
    }
}
