import Blocking
import Glibc
import Synchronization
import SystemCalls
import SystemPackage

/// Scans a workspace on several threads, without following symbolic links, opening nothing but directories, and within
/// bounds.
struct WorkspaceTree: Sendable {
    /// What the scan did not see, and what to tell a person about it.
    struct Outcome: Sendable {
        /// Directories (relative, empty for the workspace) in which there may be files that were not visited.
        var gaps: [[UInt8]] = []
        var notes = Notes()
        /// The directories that were visited, as they were just before their names were read.
        var directories: [(path: [UInt8], status: FileStatus)] = []

        mutating func gap(_ path: [UInt8], _ reason: String) {
            gaps.append(path)
            notes.add(reason)
        }

        mutating func add(_ other: Outcome) {
            gaps += other.gaps
            directories += other.directories
            notes.add(contentsOf: other.notes)
        }
    }

    struct File: Sendable, Hashable {
        var name: [UInt8]
        var status: FileStatus
    }

    /// One directory as it was met.
    struct Directory: Sendable {
        /// From the workspace; empty for the workspace itself.
        var path: [UInt8]
        /// Everything in it but directories, by name.
        var files: [File] = []
        /// The directories in it that are to be looked into, by name. A visit may strike some off.
        var directories: [[UInt8]] = []
        /// Whether there is a `.git` in it, which is never among the other two: what lies there is git's.
        var isRepository = false

        func path(of name: [UInt8]) -> [UInt8] { path.isEmpty ? name : path + [UInt8(ascii: "/")] + name }
    }

    /// Called once for every directory, on several threads at a time.
    typealias Visit<Value> = @Sendable (borrowing OwnedDescriptor, inout Directory) -> Value

    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    var limits: EvidenceLimits
    /// Directories by device and inode that are not looked into, silently: those of the spool itself.
    var excluded: Set<Identity>

    /// Visits every directory from `root` down once.
    ///
    /// A directory that cannot be read, lies on another filesystem or too deep, and files beyond the limits become
    /// gaps of the outcome.
    ///
    /// - Returns: What the visits returned, in no order.
    func scan<Value: Sendable>(
        _ root: FilePath, visit: @escaping Visit<Value>
    ) async throws(Errno) -> (values: [Value], outcome: Outcome) {
        let opened = try await BlockingPool.run { () throws(Errno) in
            try Shared(Syscalls.open(root, O_RDONLY | O_DIRECTORY), limits)
        }
        var round = await BlockingPool.run { work([Pending(path: [], depth: 0)], opened, atMost: 64, visit) }
        while !round.pending.isEmpty {
            let pending = round.pending
            round.pending = []
            let size = (pending.count + Self.workers - 1) / Self.workers
            let parts = stride(from: 0, to: pending.count, by: size).map { start in
                Array(pending[start..<min(start + size, pending.count)])
            }
            let rounds = await withTaskGroup(of: Round<Value>.self) { group in
                for part in parts {
                    group.addTask { await BlockingPool.run { work(part, opened, atMost: 512, visit) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for other in rounds {
                round.values += other.values
                round.pending += other.pending
                round.outcome.add(other.outcome)
            }
        }
        return (round.values, round.outcome)
    }

    /// The same on the calling thread, for what is small: in order, from the top.
    func scanHere<Value: Sendable>(_ root: FilePath, visit: Visit<Value>) throws(Errno) -> (
        values: [Value], outcome: Outcome
    ) {
        let shared = try Shared(Syscalls.open(root, O_RDONLY | O_DIRECTORY), limits)
        let round = work([Pending(path: [], depth: 0)], shared, atMost: .max, visit)
        return (round.values, round.outcome)
    }

    /// Whether no name has come or gone in the directories that a scan visited, from `instant` (nanoseconds since 1970) on,
    /// which lies before the scan. One that was changed shortly before can't be told from one that was changed since.
    static func isStill(_ root: FilePath, _ outcome: Outcome, since instant: Int) -> Bool {
        guard let opened = try? Syscalls.open(root, O_RDONLY | O_DIRECTORY) else { return false }
        return outcome.directories.allSatisfy { directory in
            guard !directory.status.mayHaveChanged(since: instant),
                let found = try? Beneath.directory(opened, directory.path), let now = try? Syscalls.status(found)
            else { return false }
            return now.isSame(as: directory.status)
        }
    }

    /// More than a few only wait for each other in the kernel.
    private static let workers = max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    private static let git = Array(".git".utf8)

    private struct Pending: Sendable {
        var path: [UInt8]
        var depth: Int
    }

    private struct Round<Value: Sendable>: Sendable {
        var values: [Value] = []
        var pending: [Pending] = []
        var outcome = Outcome()
    }

    /// What all threads of one scan share.
    private final class Shared: Sendable {
        let root: OwnedDescriptor
        let device: UInt64
        let deadline: Double
        let visited = Atomic(0)
        let isStopped = Atomic(false)

        init(_ root: consuming OwnedDescriptor, _ limits: EvidenceLimits) throws(Errno) {
            device = try Syscalls.status(root).device
            self.root = root
            deadline = WallClock.monotonicSeconds() + limits.walkSeconds
        }

        /// - Returns: Whether it is this call that stopped the scan.
        func stop() -> Bool { !isStopped.exchange(true, ordering: .relaxed) }
    }

    /// Visits directories and what they hold, and hands back those that are left after `count` of them.
    private func work<Value: Sendable>(
        _ start: [Pending], _ shared: Shared, atMost count: Int, _ visit: Visit<Value>
    ) -> Round<Value> {
        var round = Round<Value>()
        round.pending = start.reversed()
        var done = 0
        while done < count, !shared.isStopped.load(ordering: .relaxed), let next = round.pending.popLast() {
            done += 1
            look(into: next, shared, &round, visit)
        }
        if shared.isStopped.load(ordering: .relaxed) { round.pending = [] }
        return round
    }

    private func look<Value: Sendable>(
        into pending: Pending, _ shared: Shared, _ round: inout Round<Value>, _ visit: Visit<Value>
    ) {
        let shown = pending.path.isEmpty ? "the workspace" : PathText.shown(pending.path)
        do {
            let descriptor = try Beneath.directory(shared.root, pending.path)
            round.outcome.directories.append((pending.path, try Syscalls.status(descriptor)))
            // One more than the limit shows that there are more, and one of them may be `.git`.
            var names = try Syscalls.names(descriptor, limit: limits.files + 1)
            names.sort(by: Bytes.precedes)
            var directory = Directory(path: pending.path)
            for name in names {
                if name == Self.git { directory.isRepository = true }
                if name != Self.git, !take(name, descriptor, pending, shared, &directory, &round.outcome) { break }
            }
            round.values.append(visit(descriptor, &directory))
            for name in directory.directories.reversed() {
                round.pending.append(Pending(path: directory.path(of: name), depth: pending.depth + 1))
            }
        } catch {
            if error == .noSuchFileOrDirectory && !pending.path.isEmpty { return }
            round.outcome.gap(pending.path, "\(shown): the directory cannot be read: \(error)")
        }
    }

    /// - Returns: false when the scan is to end.
    private func take(
        _ name: [UInt8], _ descriptor: borrowing OwnedDescriptor, _ pending: Pending, _ shared: Shared,
        _ directory: inout Directory, _ outcome: inout Outcome
    ) -> Bool {
        let status: FileStatus
        do {
            status = try Syscalls.status(descriptor, name)
        } catch {
            let path = directory.path(of: name)
            if error != .noSuchFileOrDirectory { outcome.gap(path, "\(PathText.shown(path)): \(error)") }
            return true
        }
        if status.kind == .directory {
            if excluded.contains(Identity(device: status.device, inode: status.inode)) { return true }
            let path = directory.path(of: name)
            if status.device != shared.device {
                outcome.gap(path, "\(PathText.shown(path)): another filesystem is mounted there; not looked into")
            } else if pending.depth >= limits.depth {
                outcome.gap(path, "directories nested deeper than \(limits.depth) were not looked into")
            } else {
                directory.directories.append(name)
            }
            return true
        }
        let visited = shared.visited.add(1, ordering: .relaxed).newValue
        if visited > limits.files {
            if shared.stop() {
                outcome.gap([], "there are more than \(limits.files) files; the rest was not looked at")
            }
            return false
        }
        if visited.isMultiple(of: 256), WallClock.monotonicSeconds() > shared.deadline {
            if shared.stop() {
                outcome.gap(
                    [], "looking at the files took more than \(limits.walkSeconds) s; the rest was not looked at")
            }
            return false
        }
        directory.files.append(File(name: name, status: status))
        return true
    }
}
