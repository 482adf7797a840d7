import Glibc
package import SystemPackage

/// A small file that holds a secret, and that only we may read and change.
package enum PrivateFile {
    /// Reads it whole.
    ///
    /// Follows symbolic links, as what counts is who may read the file behind them; never waits for a FIFO.
    ///
    /// - Throws: ``PrivateFileError/missing`` when nothing is there; else what is wrong, and how to mend it.
    package static func read(_ path: FilePath, limit: Int) throws(PrivateFileError) -> [UInt8] {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw .missing }
            throw .unusable("\(path) can't be read: \(Errno(rawValue: errno))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unusable("\(path) can't be read: \(Errno(rawValue: errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable("\(path) is no regular file") }
        guard status.st_uid == geteuid() else { throw .unusable("\(path) belongs to another user") }
        guard status.st_mode & 0o077 == 0 else {
            throw .unusable("\(path) can be read or changed by others; run: chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .unusable("\(path) can't be read: \(Errno(rawValue: errno))")
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw .unusable("\(path) is larger than \(limit) bytes") }
            bytes += buffer[..<count]
        }
    }
}

/// Why a file with a secret was not read.
package enum PrivateFileError: Error, Sendable, Hashable {
    case missing
    /// A sentence for a person.
    case unusable(String)
}
