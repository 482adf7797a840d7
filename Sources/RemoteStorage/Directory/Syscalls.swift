import CLinux
import Glibc
import SystemCalls
import SystemPackage

/// The system calls that a directory's storage is made of. Each goes through ``SystemCall/retry(_:)``; none follows a
/// symbolic link beneath the root.
enum Syscalls {
    /// Opens a directory by its path, which may lead through links.
    static func openRoot(_ path: FilePath) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(
            try SystemCall.retry { path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } })
    }

    static func openDirectory(_ name: String, in directory: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor
    {
        try openFile(name, O_RDONLY | O_DIRECTORY, in: directory)
    }

    /// - Parameter flags: With O_NONBLOCK for what may be a pipe.
    static func openFile(
        _ name: String, _ flags: Int32, in directory: borrowing OwnedDescriptor
    ) throws(Errno) -> OwnedDescriptor {
        let number = directory.number
        return OwnedDescriptor(
            try SystemCall.retry { openat(number, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0o600) })
    }

    static func makeDirectory(_ name: String, in directory: borrowing OwnedDescriptor) throws(Errno) {
        let number = directory.number
        _ = try SystemCall.retry { mkdirat(number, name, 0o700) }
    }

    static func status(_ file: borrowing OwnedDescriptor) throws(Errno) -> stat {
        let number = file.number
        var status = stat()
        _ = try SystemCall.retry { fstat(number, &status) }
        return status
    }

    /// Of the entry itself, never of what a link points to.
    static func status(_ name: String, in directory: borrowing OwnedDescriptor) throws(Errno) -> stat {
        let number = directory.number
        var status = stat()
        _ = try SystemCall.retry { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        return status
    }

    /// The names in a directory that are UTF-8, `.` and `..` among them, in no order.
    static func names(in directory: borrowing OwnedDescriptor) throws(Errno) -> [String] {
        // The stream owns what it reads from.
        let number = directory.number
        let copy = try SystemCall.retry { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let code = Errno(rawValue: errno)
            close(copy)
            throw code
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Errno(rawValue: errno) }
                return names
            }
            withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                if let name = String(validating: raw.prefix { $0 != 0 }, as: UTF8.self) { names.append(name) }
            }
        }
    }

    static func write(_ bytes: [UInt8], to file: borrowing OwnedDescriptor) throws(Errno) {
        let number = file.number
        var offset = 0
        while offset < bytes.count {
            offset += try SystemCall.retry {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            }
        }
    }

    /// - Returns: Nil for more than `limit` bytes.
    static func read(_ file: borrowing OwnedDescriptor, limit: Int) throws(Errno) -> [UInt8]? {
        let number = file.number
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try SystemCall.retry { Glibc.read(number, &piece, piece.count) }
            if count == 0 { return bytes }
            guard count <= limit - bytes.count else { return nil }
            bytes += piece[..<count]
        }
    }

    static func sync(_ file: borrowing OwnedDescriptor) throws(Errno) {
        let number = file.number
        _ = try SystemCall.retry { fsync(number) }
    }

    static func remove(_ name: String, in directory: borrowing OwnedDescriptor) throws(Errno) {
        let number = directory.number
        _ = try SystemCall.retry { unlinkat(number, name, 0) }
    }

    /// - Parameter replaces: If not, a file that is at the target is `fileExists`. Filesystems without that (EINVAL:
    ///   some network filesystems) get a look and then a plain rename.
    static func rename(
        _ name: String, in directory: borrowing OwnedDescriptor, to target: String,
        in other: borrowing OwnedDescriptor, replaces: Bool
    ) throws(Errno) {
        let (from, to) = (directory.number, other.number)
        do {
            let flags = replaces ? 0 : UInt32(CLINUX_RENAME_NOREPLACE)
            _ = try SystemCall.retry { clinux_renameat2(from, name, to, target, flags) }
        } catch {
            guard error == .invalidArgument, !replaces else { throw error }
            do throws(Errno) {
                _ = try status(target, in: other)
            } catch {
                guard error == .noSuchFileOrDirectory else { throw error }
                _ = try SystemCall.retry { renameat(from, name, to, target) }
                return
            }
            throw .fileExists
        }
    }
}
