import Glibc
import JSON
import Synchronization
import SystemPackage

/// What tasks have used of providers: always what their directories say, of which what has ended is remembered.
///
/// What is remembered of an ended task counts only while its `result.json` is the same file as when it was read, by
/// inode, size and time of change. That need not be asked while the state's directory shows that nothing was moved into
/// or out of it: nobody changes the `result.json` of a task that stays where it is.
package final class UsageLedger: Sendable {
    private struct Known {
        var stamp: FileStamp
        var used: Used
    }

    /// What the files of one task say.
    private struct Used {
        var entries: [UsageEntry] = []
        /// When its last attempt ended; nil where no result says so.
        var ended: Timestamp?
    }

    private struct Shelf {
        /// The directory's, if what is known is all that it has.
        var stamp: FileStamp?
        var tasks: [TaskID: Known] = [:]
    }

    private let spool: SpoolDirectory
    private let shelves = Mutex<[TaskState: Shelf]>([:])
    /// Names that many tasks share, once.
    private let shared = Mutex<[String: String]>([:])

    package init(_ spool: SpoolDirectory) { self.spool = spool }

    /// Hands on what every task has used, in no order. Blocks: the first time as long as it takes to read all ended
    /// tasks, if no `deadline` is given.
    ///
    /// - Parameters:
    ///   - deadline: From then on only what is known already is handed on.
    ///   - ended: Told of each task in `done/` and `failed/`, when it ended.
    /// - Returns: Whether that was everything.
    package func each(
        before deadline: ContinuousClock.Instant? = nil,
        ended: (TaskID, TaskState, Timestamp) -> Void = { _, _, _ in }, _ body: (TaskID, TaskState, UsageEntry) -> Void
    ) throws(SpoolError) -> Bool {
        // In the order in which tasks move on, so that none is missed; and none is counted twice.
        var early: Set<TaskID> = []
        for state in [TaskState.new, .running] {
            for id in try spool.list(state) where early.insert(id).inserted {
                let task = spool.paths.task(id, in: state)
                if state == .new, !Syscalls.exists(task.attempts), !Syscalls.exists(task.activity) { continue }
                for entry in used(by: task).entries { body(id, state, entry) }
            }
        }
        var isComplete = true
        for state in [TaskState.done, .failed] {
            let whole = try eachEnded(in: state, deadline) { id, used in
                if early.contains(id) { return }
                if let time = used.ended { ended(id, state, time) }
                for entry in used.entries { body(id, state, entry) }
            }
            isComplete = isComplete && whole
        }
        return isComplete
    }

    private func eachEnded(
        in state: TaskState, _ deadline: ContinuousClock.Instant?, _ body: (TaskID, Used) -> Void
    ) throws(SpoolError) -> Bool {
        let now = FileStamp.now()
        let stamp = try Syscalls.status(spool.paths.directory(of: state)).map(FileStamp.init)
        let shelf = shelves.withLock { $0[state] ?? Shelf() }
        if stamp != nil, shelf.stamp == stamp {
            for (id, known) in shelf.tasks { body(id, known.used) }
            return true
        }
        var found: [TaskID: Known] = [:]
        var isComplete = true
        for name in try spool.names(in: state) {
            guard let id = TaskID(name) else { continue }
            let task = spool.paths.task(id, in: state)
            // Without a result it was moved by hand a moment ago.
            var status = try Syscalls.status(task.result)
            if status == nil { status = try Syscalls.status(task.directory) }
            guard let status else { continue }
            let stamp = FileStamp(status)
            if let known = shelf.tasks[id], known.stamp == stamp {
                found[id] = known
            } else if let deadline, ContinuousClock.now >= deadline {
                isComplete = false
                continue
            } else {
                found[id] = Known(stamp: stamp, used: used(by: task))
            }
            if let known = found[id] { body(id, known.used) }
        }
        let isProof = isComplete && stamp?.isSettled(at: now, tick: FileStamp.coarsestTick) == true
        shelves.withLock { $0[state] = Shelf(stamp: isProof ? stamp : nil, tasks: found) }
        return isComplete
    }

    // MARK: reading

    /// Of all attempts. What can't be read counts as nothing: a task says itself that it is damaged.
    private func used(by task: TaskPaths) -> Used {
        var workspace: String?
        func fallback() -> String {
            if let workspace { return workspace }
            let spec = (try? spool.readJSON(task.spec))?["workspace"]?.string ?? ""
            workspace = spec
            return spec
        }
        var found: [UsageEntry] = []
        let numbers = (try? Syscalls.names(in: task.attempts, followsLink: false)) ?? []
        for number in numbers where Int(number) != nil {
            found += entries(in: TaskPaths(directory: task.attempts.appending(number)), fallback).entries
        }
        var used = entries(in: task, fallback)
        used.entries = found + used.entries
        return used
    }

    /// Of the attempt whose files lie in a directory: its result, or else what was last seen of it.
    private func entries(in attempt: TaskPaths, _ workspace: () -> String) -> Used {
        let result = try? spool.readJSON(attempt.result)
        let ended = result.map { time($0["ended"], attempt.result) }
        if let result, let usage = result["usage"], usage.object != nil {
            let entries = UsageEntry.all(
                in: usage, time: time(result["ended"], attempt.result), session: result["session"]?.string,
                workspace: share(result["workspace"]?.string ?? workspace()))
            return Used(entries: entries.map(sharing), ended: ended)
        }
        guard let activity = try? spool.readJSON(attempt.activity) else { return Used(ended: ended) }
        let entries = UsageEntry.all(
            in: activity, time: time(activity["updated"], attempt.activity),
            session: try? spool.readWord(attempt.session), workspace: share(workspace()))
        return Used(entries: entries.map(sharing), ended: ended)
    }

    private func time(_ json: JSONValue?, _ file: FilePath) -> Timestamp {
        if let time = json?.string.flatMap(Timestamp.init(iso8601:)) { return time }
        return (try? Syscalls.status(file)).map { Timestamp($0.st_mtim) } ?? Timestamp(milliseconds: 0)
    }

    private func sharing(_ entry: UsageEntry) -> UsageEntry {
        var entry = entry
        entry.model = entry.model.map(share)
        return entry
    }

    /// The same text, kept once however many tasks have it.
    private func share(_ text: String) -> String {
        shared.withLock { known in
            if let kept = known[text] { return kept }
            // So many different ones are no workspaces and models any more.
            if known.count < 10_000 { known[text] = text }
            return text
        }
    }
}
