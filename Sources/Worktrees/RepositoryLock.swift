import Blocking
import Git
import Glibc
import SystemCalls
import SystemPackage

/// Held by who changes or lists the worktrees of a repository: git fails where it meets one that another process is just
/// making. The repository's directory itself is locked, so that nothing of ours is left in it.
struct RepositoryLock: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// How long others are waited for: their checkout may be of gigabytes, but an agent can hold the lock, too.
    private static let patience = Duration.seconds(600)

    /// Waits for others, in this process or another, for at most ten minutes. The wait ends when the task is cancelled.
    ///
    /// - Parameter repository: git's common directory.
    init(_ repository: FilePath) async throws(GitFailure) {
        descriptor = OwnedDescriptor(try await Self.take(repository))
    }

    /// - Returns: The repository's directory, open and locked.
    private static func take(_ repository: FilePath) async throws(GitFailure) -> Int32 {
        let number: Int32
        do throws(Errno) {
            number = try await BlockingPool.run { () throws(Errno) in try DirectoryLock.open(repository) }
        } catch {
            throw GitFailure(message: "\(repository) can't be locked: \(error)")
        }
        do throws(GitFailure) {
            try await lock(number, repository)
        } catch {
            close(number)
            throw error
        }
        return number
    }

    private static func lock(_ number: Int32, _ repository: FilePath) async throws(GitFailure) {
        let deadline = ContinuousClock.now + patience
        // The kernel wakes nobody who does not block in it, and who blocks there can't be cancelled.
        var pause = Duration.milliseconds(5)
        while true {
            do throws(Errno) {
                if try DirectoryLock.take(number) { return }
            } catch {
                throw GitFailure(message: "\(repository) can't be locked: \(error)")
            }
            guard ContinuousClock.now < deadline else {
                throw GitFailure(
                    message: "\(repository) has been locked for \(patience.components.seconds) s, by another git "
                        + "worktree command of openloom or by something that a task left running; "
                        + "`lsof \(repository)` or `fuser -v \(repository)` says by which process; end it, and try again"
                )
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw GitFailure(message: "\(repository) is locked, and the wait for it was cancelled")
            }
            pause = min(pause * 2, .milliseconds(200))
        }
    }
}
