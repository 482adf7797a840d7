import Blocking
import Git
import Glibc
import SystemCalls
import SystemPackage

/// Held by who changes or lists the worktrees of a repository: git fails where it meets one that another process is just
/// making. The repository's directory itself is locked, so that nothing of ours is left in it.
struct RepositoryLock: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Waits for others, in this process or another, however long their checkout takes.
    ///
    /// - Parameter repository: git's common directory.
    init(_ repository: FilePath) async throws(GitFailure) {
        let taken = await BlockingThread.run {
            Result { () throws(Errno) in try Self.take(repository) }
        }
        switch taken {
        case .success(let number): descriptor = OwnedDescriptor(number)
        case .failure(let error): throw GitFailure(message: "\(repository) can't be locked: \(error)")
        }
    }

    private static func take(_ repository: FilePath) throws(Errno) -> Int32 {
        let number = try SystemCall.retry {
            repository.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        }
        do throws(Errno) {
            _ = try SystemCall.retry { flock(number, LOCK_EX) }
        } catch {
            close(number)
            throw error
        }
        return number
    }
}
