import CLinux
import Glibc
import SystemPackage

/// The system calls of this module. Each goes through ``call(_:_:_:)``.
enum Syscalls {
    /// Repeats the call while signals interrupt it, and reads errno before anything else can change it.
    @discardableResult
    static func call<Result: FixedWidthInteger & SignedInteger>(
        _ operation: String, _ path: FilePath? = nil, _ body: () -> Result
    ) throws(ServerHostError) -> Result {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code != EINTR { throw .systemCall(operation, path, Errno(rawValue: code)) }
        }
    }

    /// Opens without following a link at the end, never to be inherited, new files for their owner alone.
    static func open(_ path: FilePath, _ flags: Int32) throws(ServerHostError) -> Int32 {
        try call("open", path) {
            path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600) }
        }
    }

    /// Moves a descriptor out of the way of those that a child gets.
    static func moveUp(_ descriptor: Int32) throws(ServerHostError) -> Int32 {
        defer { close(descriptor) }
        return try call("fcntl") { fcntl(descriptor, F_DUPFD_CLOEXEC, 10) }
    }

    static func status(_ descriptor: Int32, _ path: FilePath) throws(ServerHostError) -> stat {
        var status = stat()
        try call("fstat", path) { fstat(descriptor, &status) }
        return status
    }

    /// Reads to the end, but at most `limit` bytes.
    static func read(_ descriptor: Int32, limit: Int, _ path: FilePath) throws(ServerHostError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(limit, 1 << 16))
        while bytes.count < limit {
            let room = min(piece.count, limit - bytes.count)
            let count = try call("read", path) {
                piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, room) }
            }
            if count <= 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// The first `limit` bytes of a file that the kernel shows; nil if there is none, or none for us.
    static func kernelFile(_ path: String, limit: Int) -> [UInt8]? {
        guard let descriptor = try? open(FilePath(path), O_RDONLY) else { return nil }
        defer { close(descriptor) }
        return try? read(descriptor, limit: limit, FilePath(path))
    }

    static func write(_ descriptor: Int32, _ bytes: [UInt8], _ path: FilePath) throws(ServerHostError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try call("write", path) {
                rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }

    static func sync(_ descriptor: Int32, _ path: FilePath) throws(ServerHostError) {
        try call("fsync", path) { fsync(descriptor) }
    }

    static func syncDirectory(_ path: FilePath) throws(ServerHostError) {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try sync(descriptor, path)
    }

    static func rename(_ from: FilePath, _ to: FilePath) throws(ServerHostError) {
        try call("rename", from) {
            from.withPlatformString { from in to.withPlatformString { to in Glibc.rename(from, to) } }
        }
    }

    /// Not repeated when interrupted: Linux has released the descriptor all the same.
    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// A descriptor of the process that becomes readable when it ends; ESRCH when there is none.
    static func processDescriptor(_ pid: Int32) throws(ServerHostError) -> Int32 {
        try call("pidfd_open") { clinux_pidfd_open(pid) }
    }

    static func eventDescriptor() throws(ServerHostError) -> Int32 {
        try call("eventfd") { eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }
    }

    /// Sleeps until one of the descriptors is ready, or the time is over; nil is for as long as it takes.
    /// Answers which are ready, in the order given.
    static func poll(
        _ descriptors: [Int32], for events: Int32 = POLLIN, until deadline: ContinuousClock.Instant?
    ) throws(ServerHostError) -> [Bool] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(events), revents: 0) }
        try call("poll") { Glibc.poll(&entries, nfds_t(entries.count), deadline.map(milliseconds(until:)) ?? -1) }
        return entries.map { $0.revents != 0 }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = max(deadline - .now, .zero)
        return Int32(min(left / .milliseconds(1), 1_000_000).rounded(.up))
    }

    /// Runs the body on a new thread, detached.
    static func startThread(_ body: @escaping @Sendable () -> Void) throws(ServerHostError) {
        let retained = Unmanaged.passRetained(ThreadBody(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, retained.toOpaque())
        guard code == 0 else {
            retained.release()
            throw .systemCall("pthread_create", nil, Errno(rawValue: code))
        }
        pthread_detach(thread)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
