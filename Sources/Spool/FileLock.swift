import Glibc
package import SystemPackage

/// A lock between processes that the kernel releases when its holder dies, however it dies.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock; with `wait: false` throws ``SpoolError/Code/locked`` if somebody else has it.
    package init(_ path: FilePath, wait: Bool) throws(SpoolError) {
        let descriptor = try Syscalls.open(path, O_RDWR | O_CREAT)
        do {
            try Syscalls.call("flock", path) { flock(descriptor, LOCK_EX | (wait ? 0 : LOCK_NB)) }
        } catch {
            close(descriptor)
            if error.errno == .wouldBlock { throw SpoolError(.locked, "lock", path, errno: error.errno) }
            throw error
        }
        self.descriptor = descriptor
    }

    /// Whether somebody has the lock at this moment. One who takes it just then, without waiting, may be refused.
    package static func isHeld(_ path: FilePath) -> Bool {
        guard let descriptor = try? Syscalls.open(path, O_RDONLY) else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Gives the lock back. The lock must not be released twice.
    package func release() {
        close(descriptor)
    }
}
