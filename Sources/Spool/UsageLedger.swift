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
    /// What the files of one task say.
    private struct Used {
        var entries: [UsageEntry] = []
        /// When its last attempt ended; nil where no result says so.
        var ended: Timestamp?
    }

    private struct Shelf {
        /// The directory's, if what is known is all that it has.
        var stamp: FileStamp?
        let names: TaskNames
        /// Of each name, how its result looked when it was read; nil if it was not.
        private(set) var stamps: [FileStamp?] = []
        /// When each task ended; nil where no result says so.
        private(set) var ended: [Timestamp?] = []
        /// Where the entries of each name end.
        private var ends: [UInt32] = []
        private var all: [UsageEntry] = []

        init(_ names: TaskNames = TaskNames()) {
            self.names = names
            stamps.reserveCapacity(names.count)
            ended.reserveCapacity(names.count)
            ends.reserveCapacity(names.count)
        }

        /// Of the name at a place.
        func entries(_ place: Int) -> ArraySlice<UsageEntry> {
            all[(place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place])]
        }

        /// Adds what is known of the next name.
        mutating func add(_ stamp: FileStamp?, _ ended: Timestamp?, _ entries: some Collection<UsageEntry>) {
            stamps.append(stamp)
            self.ended.append(ended)
            all.append(contentsOf: entries)
            ends.append(UInt32(all.count))
        }
    }

    private let spool: SpoolDirectory
    private let index: TaskIndex
    private let shelves = Mutex<[TaskState: Shelf]>([:])
    /// Names that many tasks share, once.
    private let shared = Mutex<[String: String]>([:])

    /// - Parameter index: By which tasks are found; left out, one of its own.
    package init(_ spool: SpoolDirectory, _ index: TaskIndex? = nil) {
        self.spool = spool
        self.index = index ?? TaskIndex(spool)
    }

    /// Hands on what every task has used, in no order. Blocks: the first time as long as it takes to read all ended
    /// tasks, if no `deadline` is given.
    ///
    /// - Parameters:
    ///   - deadline: From then on only what is known already is handed on.
    ///   - ended: Told of each task in `done/` and `failed/`, when it ended.
    /// - Returns: Whether that was everything.
    package func each(
        before deadline: ContinuousClock.Instant? = nil,
        ended: ((TaskID, TaskState, Timestamp) -> Void)? = nil, _ body: (TaskID, TaskState, UsageEntry) -> Void
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
            let whole = try eachEnded(in: state, deadline, isToldOfAll: ended != nil) { id, time, entries in
                if early.contains(id) { return }
                if let time { ended?(id, state, time) }
                for entry in entries { body(id, state, entry) }
            }
            isComplete = isComplete && whole
        }
        return isComplete
    }

    /// - Parameter isToldOfAll: Whether `body` is to hear of tasks that have used nothing, too.
    private func eachEnded(
        in state: TaskState, _ deadline: ContinuousClock.Instant?, isToldOfAll: Bool,
        _ body: (TaskID, Timestamp?, ArraySlice<UsageEntry>) -> Void
    ) throws(SpoolError) -> Bool {
        func tell(_ shelf: Shelf, _ place: Int) {
            let entries = shelf.entries(place)
            if isToldOfAll || !entries.isEmpty { body(shelf.names[place], shelf.ended[place], entries) }
        }
        let now = FileStamp.now()
        let stamp = try Syscalls.status(spool.paths.directory(of: state)).map(FileStamp.init)
        let shelf = shelves.withLock { $0[state] ?? Shelf() }
        if stamp != nil, shelf.stamp == stamp {
            for place in 0..<shelf.names.count { tell(shelf, place) }
            return true
        }
        let names = try index.names(in: state)
        let directory = try spool.openDirectory(of: state)
        var found = Shelf(names)
        var isComplete = true
        try names.eachPlace(knowing: shelf.names) { (place, old) throws(SpoolError) in
            var path = PathBytes(names.bytes(at: place), in: directory)
            // Without a result it was moved by hand a moment ago.
            var status = try path.status(of: TaskPaths.Name.result)
            if status == nil { status = try path.status() }
            guard let stamp = status.map(FileStamp.init) else { return found.add(nil, nil, []) }
            if let old, shelf.stamps[old] == stamp {
                found.add(stamp, shelf.ended[old], shelf.entries(old))
            } else if let deadline, ContinuousClock.now >= deadline {
                isComplete = false
                found.add(nil, nil, [])
            } else {
                let used = used(by: spool.paths.task(names[place], in: state))
                found.add(stamp, used.ended, used.entries)
            }
        }
        for place in 0..<names.count { tell(found, place) }
        let isProof = isComplete && stamp?.isSettled(at: now, tick: FileStamp.coarsestTick) == true
        if isProof { found.stamp = stamp }
        shelves.withLock { [found] in $0[state] = found }
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
