import Glibc
import Inotify
import Synchronization
import SystemPackage

/// Finds the names in the state directories without listing them each time.
///
/// A listing is used again only while the directory itself proves that nothing was added, removed or renamed since: by
/// inode and time of change, which must have been older than the clock's tick when the listing began, as two changes
/// within one tick look like one. It says where to look, never what is there: tasks are read each time. Where other
/// hosts change the directory, its times prove nothing, and it is listed each time.
package final class TaskIndex: Sendable {
    private struct Listing {
        var stamp: FileStamp
        var names: TaskNames
    }

    private let spool: SpoolDirectory
    private let listings = Mutex<[TaskState: Listing]>([:])
    private let listed = Atomic(0)
    /// Where the newest tasks work, each with what its spec looked like when it was read.
    let workspaces = Mutex<[TaskID: SeenWorkspace]>([:])

    /// How often a directory had to be listed.
    package var listingCount: Int { listed.load(ordering: .relaxed) }

    package init(_ spool: SpoolDirectory) { self.spool = spool }

    /// The names of the tasks that are in the state now. Blocks.
    package func names(in state: TaskState) throws(SpoolError) -> TaskNames {
        let path = spool.paths.directory(of: state)
        let now = FileStamp.now()
        guard let status = try Syscalls.status(path) else {
            throw SpoolError(.taskNotFound, "opendir", path, errno: .noSuchFileOrDirectory)
        }
        let stamp = FileStamp(status)
        if let known = listings.withLock({ $0[state] }), known.stamp == stamp { return known.names }
        listed.add(1, ordering: .relaxed)
        let names = try TaskNames { (body) throws(SpoolError) in try Syscalls.eachSubdirectory(of: path, body) }
        // A link to a directory has times of its own.
        let isProof = status.st_mode & S_IFMT == S_IFDIR && stamp.isSettled(at: now)
        let listing =
            isProof && DirectoryWatcher.eventsAreReliable(on: path) ? Listing(stamp: stamp, names: names) : nil
        listings.withLock { $0[state] = listing }
        return names
    }
}
