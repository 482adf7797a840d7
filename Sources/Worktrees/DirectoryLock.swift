import Glibc
import SystemCalls
import SystemPackage

/// Locks a directory itself, which leaves nothing in it and follows it when it is moved; the kernel gives the lock back when
/// the descriptor is closed, by whomever.
enum DirectoryLock {
    static func open(_ directory: FilePath) throws(Errno) -> Int32 {
        try SystemCall.retry { directory.withPlatformString { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } }
    }

    /// - Returns: False if somebody else has the lock.
    static func take(_ descriptor: Int32) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try SystemCall.retry { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error == .wouldBlock { return false }
            throw error
        }
    }
}
