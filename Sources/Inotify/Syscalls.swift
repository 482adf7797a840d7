import CLinux
import Glibc
import SystemCalls
import SystemPackage

/// The system calls of this module. Each goes through ``SystemCall/retry(_:)``.
enum Syscalls {
    static func inotifyInit() throws(Errno) -> CInt {
        try SystemCall.retry { inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)) }
    }

    static func inotifyAddWatch(_ descriptor: CInt, _ path: FilePath, mask: UInt32) throws(Errno) -> CInt {
        try SystemCall.retry { path.withPlatformString { inotify_add_watch(descriptor, $0, mask) } }
    }

    static func inotifyRemoveWatch(_ descriptor: CInt, _ watch: CInt) throws(Errno) {
        _ = try SystemCall.retry { inotify_rm_watch(descriptor, watch) }
    }

    static func eventFD() throws(Errno) -> CInt {
        try SystemCall.retry { eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }
    }

    /// Makes the eventfd readable.
    static func signal(_ descriptor: CInt) throws(Errno) {
        var one: UInt64 = 1
        _ = try SystemCall.retry { write(descriptor, &one, MemoryLayout<UInt64>.size) }
    }

    static func read(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try SystemCall.retry { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    static func open(_ path: FilePath) throws(Errno) -> CInt {
        try SystemCall.retry { path.withPlatformString { Glibc.open($0, O_RDONLY | O_CLOEXEC) } }
    }

    /// Not repeated when interrupted: Linux has released the descriptor all the same, and it may be somebody else's.
    static func close(_ descriptor: CInt) {
        _ = Glibc.close(descriptor)
    }

    /// Throws ENOTDIR when the path names something else than a directory.
    static func checkDirectory(_ path: FilePath) throws(Errno) {
        var status = stat()
        _ = try SystemCall.retry { path.withPlatformString { stat($0, &status) } }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
    }

    static func fileSystemType(_ path: FilePath) throws(Errno) -> UInt32 {
        var type = 0
        _ = try SystemCall.retry { path.withPlatformString { clinux_statfs_type($0, &type) } }
        // The magic numbers have 32 bits; where `long` has no more, some of them come out negative.
        return UInt32(truncatingIfNeeded: type)
    }

    /// Sleeps until one of the descriptors is readable (or broken) or the deadline has passed; without deadline, for
    /// as long as it takes. Answers which are ready, in the order given.
    static func poll(_ descriptors: [CInt], until deadline: ContinuousClock.Instant?) throws(Errno) -> [Bool] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // The time left is computed for each attempt, so that a stream of signals can't put the deadline off.
        _ = try SystemCall.retry {
            Glibc.poll(&entries, nfds_t(entries.count), deadline.map(milliseconds(until:)) ?? -1)
        }
        return entries.map { $0.revents != 0 }
    }

    /// Rounded up: waking a little early would mean spinning until the deadline.
    private static func milliseconds(until deadline: ContinuousClock.Instant) -> CInt {
        let left = (deadline - .now).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        guard left.seconds < 1_000_000 else { return 1_000_000_000 }
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let rest = (left.attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
        return CInt(left.seconds * 1000 + rest)
    }

    /// Runs the body on a new thread, detached.
    static func startThread(_ body: @escaping @Sendable () -> Void) throws(Errno) {
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
            throw Errno(rawValue: code)
        }
        pthread_detach(thread)
    }

    /// A second's rest of the calling thread.
    static func rest() {
        _ = sleep(1)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
