import Glibc
import SystemCalls
import SystemPackage

/// The system calls that evidence is made of. Each goes through ``SystemCall/retry(_:)``.
/// None of them opens what could block or act when opened: see ``openRegular(_:_:)``.
enum Syscalls {
    private static let dot = Array(".".utf8)
    private static let dotDot = Array("..".utf8)

    static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o600) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(
            try SystemCall.retry { path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) } })
    }

    static func openDirectory(_ parent: borrowing OwnedDescriptor, _ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let parent = parent.number
        return OwnedDescriptor(
            try SystemCall.retry {
                withName(name) { openat(parent, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
            })
    }

    /// Opens a regular file for reading, and nothing else: a FIFO or a device that has taken its place since it was
    /// looked at neither blocks (O_NONBLOCK) nor is read (fstat), and a symbolic link is not followed.
    static func openRegular(_ parent: borrowing OwnedDescriptor, _ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let number = parent.number
        let file = OwnedDescriptor(
            try SystemCall.retry {
                withName(name) { openat(number, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
            })
        guard try status(file).isRegular else { throw .invalidArgument }
        return file
    }

    static func status(_ file: borrowing OwnedDescriptor) throws(Errno) -> FileStatus {
        let number = file.number
        var status = stat()
        _ = try SystemCall.retry { fstat(number, &status) }
        return FileStatus(status)
    }

    /// Of the entry itself, never of what a symbolic link points to.
    static func status(_ parent: borrowing OwnedDescriptor, _ name: [UInt8]) throws(Errno) -> FileStatus {
        let number = parent.number
        var status = stat()
        _ = try SystemCall.retry { withName(name) { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) } }
        return FileStatus(status)
    }

    static func status(_ path: FilePath) throws(Errno) -> FileStatus {
        var status = stat()
        _ = try SystemCall.retry { path.withPlatformString { lstat($0, &status) } }
        return FileStatus(status)
    }

    static func linkTarget(_ parent: borrowing OwnedDescriptor, _ name: [UInt8]) throws(Errno) -> [UInt8] {
        let number = parent.number
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.count
        let length = try SystemCall.retry { withName(name) { readlinkat(number, $0, &buffer, count) } }
        return buffer.prefix(length).map { UInt8(bitPattern: $0) }
    }

    /// Reads at most `count` bytes; empty at the end of the file.
    static func read(_ file: borrowing OwnedDescriptor, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    {
        let number = file.number
        return try SystemCall.retry { Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    static func write(_ file: borrowing OwnedDescriptor, _ bytes: some Collection<UInt8>) throws(Errno) {
        let bytes = Array(bytes)
        let failure = bytes.withUnsafeBytes { raw -> Errno? in
            do throws(Errno) {
                try write(file, raw)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    static func write(_ file: borrowing OwnedDescriptor, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
        let number = file.number
        var rest = bytes
        while !rest.isEmpty {
            let written = try SystemCall.retry { Glibc.write(number, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// The names in a directory, without `.` and `..`, at most `limit` and one more that shows there are more.
    static func names(_ directory: borrowing OwnedDescriptor, limit: Int) throws(Errno) -> [[UInt8]] {
        let number = directory.number
        // closedir closes what it reads from; the caller still needs its own.
        let copy = try SystemCall.retry { fcntl(number, F_DUPFD_CLOEXEC, 0) }
        guard let stream = fdopendir(copy) else {
            let code = Errno(rawValue: errno)
            close(copy)
            throw code
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var names: [[UInt8]] = []
        while names.count <= limit {
            errno = 0
            guard let entry = readdir(stream) else {
                let code = Errno(rawValue: errno)
                if code.rawValue != 0 { throw code }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != dot && name != dotDot { names.append(name) }
        }
        return names
    }

    static func withName<Value>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        // The array of a C string is never empty, but the pointer of an array is optional to the type system.
        (name + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                guard let pointer = text.baseAddress else { return body("") }
                return body(pointer)
            }
        }
    }
}
