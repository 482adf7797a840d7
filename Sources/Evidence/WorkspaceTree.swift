import Glibc
import SystemPackage

/// Walks a workspace without following symbolic links, opening nothing but directories, and within bounds.
struct WorkspaceTree {
    /// What the walk did not see, and what to tell a person about it.
    struct Outcome {
        /// Directories (relative, empty for the workspace) in which there may be files that were not visited.
        var gaps: [[UInt8]] = []
        var notes = Notes()
        var visited = 0
    }

    /// Called for everything but directories: the directory, the name in it, the path from the workspace, the status.
    typealias Visit = (borrowing OwnedDescriptor, [UInt8], [UInt8], FileStatus) -> Void

    var limits: EvidenceLimits
    /// Directories by device and inode that are not looked into, silently: those of the spool itself.
    var excluded: Set<Identity>

    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// Visits every file below `root` once, in the order of the names' bytes.
    ///
    /// A directory that cannot be read, lies on another filesystem or too deep, and files beyond the limits become
    /// gaps of the outcome. `.git` is never looked into: what lies there is git's, not the agent's work.
    func walk(_ root: borrowing OwnedDescriptor, visit: Visit) throws(Errno) -> Outcome {
        var state = State(
            device: try Syscalls.status(root).device, deadline: WallClock.monotonicSeconds() + limits.walkSeconds)
        descend(root, [], depth: 0, &state, visit)
        return state.outcome
    }

    private static let git = Array(".git".utf8)

    private struct State {
        var outcome = Outcome()
        var device: UInt64
        var deadline: Double
        var stopped = false

        mutating func gap(_ path: [UInt8], _ reason: String) {
            outcome.gaps.append(path)
            outcome.notes.add(reason)
        }
    }

    private func descend(
        _ directory: borrowing OwnedDescriptor, _ path: [UInt8], depth: Int, _ state: inout State, _ visit: Visit
    ) {
        let shown = path.isEmpty ? "the workspace" : PathText.shown(path)
        var names: [[UInt8]]
        do {
            // One more than the limit shows that there are more, and one of them may be `.git`.
            names = try Syscalls.names(directory, limit: limits.files + 1)
        } catch {
            return state.gap(path, "\(shown): the directory cannot be read: \(error)")
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        for name in names where name != Self.git {
            if state.stopped { return }
            let inner = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            guard let status = look(directory, name, inner, &state) else { continue }
            if status.kind != .directory {
                visit(directory, name, inner, status)
            } else if !excluded.contains(Identity(device: status.device, inode: status.inode)) {
                enter(directory, name, inner, status, depth: depth, &state, visit)
            }
        }
    }

    /// The status, or nil for a file that has vanished and for all files after a limit has stopped the walk.
    private func look(
        _ directory: borrowing OwnedDescriptor, _ name: [UInt8], _ path: [UInt8], _ state: inout State
    ) -> FileStatus? {
        if state.outcome.visited >= limits.files {
            state.stopped = true
            state.gap([], "there are more than \(limits.files) files; the rest was not looked at")
            return nil
        }
        state.outcome.visited += 1
        if state.outcome.visited.isMultiple(of: 256), WallClock.monotonicSeconds() > state.deadline {
            state.stopped = true
            state.gap([], "looking at the files took more than \(limits.walkSeconds) s; the rest was not looked at")
            return nil
        }
        do {
            return try Syscalls.status(directory, name)
        } catch {
            if error != .noSuchFileOrDirectory { state.gap(path, "\(PathText.shown(path)): \(error)") }
            return nil
        }
    }

    private func enter(
        _ parent: borrowing OwnedDescriptor, _ name: [UInt8], _ path: [UInt8], _ status: FileStatus, depth: Int,
        _ state: inout State, _ visit: Visit
    ) {
        guard status.device == state.device else {
            return state.gap(path, "\(PathText.shown(path)): another filesystem is mounted there; not looked into")
        }
        guard depth < limits.depth else {
            return state.gap(path, "directories nested deeper than \(limits.depth) were not looked into")
        }
        do {
            let directory = try Syscalls.openDirectory(parent, name)
            descend(directory, path, depth: depth + 1, &state, visit)
        } catch {
            if error == .noSuchFileOrDirectory { return }
            state.gap(path, "\(PathText.shown(path)): the directory cannot be read: \(error)")
        }
    }
}
