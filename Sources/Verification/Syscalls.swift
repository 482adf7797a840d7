import Glibc
import SystemCalls
import SystemPackage

/// The system calls that checks are made of. Each goes through ``SystemCall/retry(_:)``.
enum Syscalls {
    static func open(_ path: String, _ flags: Int32, in directory: Int32 = AT_FDCWD) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(try SystemCall.retry { openat(directory, path, flags | O_CLOEXEC) })
    }

    static func status(_ path: String, in directory: Int32) throws(Errno) -> stat {
        var status = stat()
        _ = try SystemCall.retry { fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) }
        return status
    }

    static func status(_ file: borrowing OwnedDescriptor) throws(Errno) -> stat {
        let number = file.number
        var status = stat()
        _ = try SystemCall.retry { fstat(number, &status) }
        return status
    }

    /// The path without symbolic links.
    static func realPath(_ path: FilePath) throws(Errno) -> FilePath {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { throw Errno(rawValue: errno) }
        defer { free(real) }
        return FilePath(platformString: real)
    }

    /// Of the clock that only goes forward.
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static func pipe() throws(Errno) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // Swift's Glibc hides pipe2; a process that is started in between closes what it was not given.
        _ = try SystemCall.retry { Glibc.pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
