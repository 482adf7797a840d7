/// A worktree could not be made, kept, merged or discarded. The message says how to mend it.
package struct WorktreeError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The task has no worktree to end: it never had one, still works in it, or it was ended before.
        case none
        /// The workspace is in no repository, or in one without a commit.
        case noRepository
        /// git is not installed.
        case noGit
        /// The branch or the directory that it would have is somebody else's.
        case taken
        /// The worktree is not there any more, or is not what it was.
        case gone
        /// Somebody has changes in the worktree or in the workspace that would be in the way.
        case dirty
        /// The two branches changed the same lines. Nothing was merged.
        case conflict
        /// Somebody else merges or discards it at this moment, or has moved its task.
        case busy
        /// git said no.
        case git
    }

    package var code: Code
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
