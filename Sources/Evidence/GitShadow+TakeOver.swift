import Blocking
import Git
import Glibc
import SystemPackage

extension GitShadow {
    /// Brings an index up to the work tree as it is now, within the limits.
    ///
    /// - Parameter known: Paths to leave alone.
    /// - Returns: What was taken over, and what was not.
    func takeOver(
        _ entries: [GitStatus.Entry], into index: String, except known: Set<[UInt8]> = []
    ) async throws(GitFailure) -> GitSelection {
        if entries.isEmpty { return GitSelection() }
        let selection: GitSelection
        do {
            selection = try await BlockingPool.run { () throws(Errno) in
                let root = try Syscalls.open(workspace, O_RDONLY | O_DIRECTORY)
                return GitSelection(entries, root, limits: limits, except: known)
            }
        } catch {
            throw GitFailure(message: "\(workspace): \(error)")
        }
        if !selection.remove.isEmpty {
            _ = try await run(
                ["update-index", "--force-remove", "-z", "--stdin"], index: index,
                input: GitSelection.input(selection.remove))
        }
        if !selection.update.isEmpty {
            _ = try await run(
                ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], index: index,
                input: GitSelection.input(selection.update))
        }
        return selection
    }
}
