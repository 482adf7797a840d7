import JSON
package import Spool
import SystemPackage

extension SpoolOverview {
    /// Reads what a list shows. Of tasks that are not shown nothing but names is read, and when they ended.
    ///
    /// Tasks that move or vanish meanwhile are shown where they were seen, or not at all.
    package static func read(
        _ spool: SpoolDirectory, selecting selection: Selection = Selection(), now: Timestamp = .now()
    ) throws(SpoolError) -> SpoolOverview {
        let all = try spool.listAll()
        let reader = TaskReader(spool: spool, all: all)
        var overview = SpoolOverview(spool: spool.root)
        overview.isPaused = spool.isPaused
        overview.isClosed = spool.isClosed
        overview.daemons = DaemonPresence.running(on: spool, now: now)
        overview.counts.rejected = try spool.entries(of: spool.paths.rejected).count { $0.hasSuffix(".reason.txt") }

        var ids: [TaskState: [TaskID]] = [:]
        for (id, state) in all { ids[state, default: []].append(id) }
        overview.counts.new = ids[.new, default: []].count
        overview.counts.done = ids[.done, default: []].count
        overview.counts.failed = ids[.failed, default: []].count

        // All of them are read whatever is selected: there are few, and they say which workspaces are in use.
        let running = ids[.running, default: []].sorted().compactMap { reader.read($0, in: .running) }
        let isWaiting = { (task: ShownTask) in task.group == .waiting }
        overview.counts.waiting = running.count(where: isWaiting)
        overview.counts.running = running.count - overview.counts.waiting
        if selection.groups.contains(.waiting) { overview.waiting = running.filter(isWaiting) }
        if selection.groups.contains(.running) { overview.running = running.filter { !isWaiting($0) } }

        if selection.groups.contains(.new) {
            let waiting = ids[.new, default: []].sorted()
            let shown = waiting.prefix(selection.newLimit ?? waiting.count)
            overview.newLeftOut = waiting.count - shown.count
            overview.new = shown.compactMap { reader.read($0, in: .new) }.sorted(by: startsEarlier)
            let context = WaitContext(
                running: running, isPaused: overview.isPaused, holds: (try? spool.providerHolds()) ?? [],
                index: TaskIndex(spool), now: now)
            for index in overview.new.indices {
                overview.new[index].waitReason = context.reason(overview.new[index], in: spool)
            }
        }

        let endedStates = [TaskState.done, .failed].filter { selection.groups.contains($0 == .done ? .done : .failed) }
        let ended = endedStates.flatMap { state in ids[state, default: []].map { ($0, state) } }
        let shown = lastEnded(ended, limit: selection.endedLimit, in: spool).compactMap { reader.read($0, in: $1) }
        // A list by the time of ending, which the directories' times only come near to.
        overview.ended = shown.map { (task: $0, ended: $0.ended) }
            .sorted { ($0.ended, $0.task.id.rawValue) > ($1.ended, $1.task.id.rawValue) }.map(\.task)
        overview.endedLeftOut = ended.count - shown.count
        return overview
    }

    /// The tasks that ended last and are not archived; with no limit all, archived or not.
    private static func lastEnded(
        _ tasks: [(TaskID, TaskState)], limit: Int?, in spool: SpoolDirectory
    ) -> [(TaskID, TaskState)] {
        guard let limit else { return tasks }
        // The last entry that is made in a directory before it moves to where it ends is the verdict.
        let dated = tasks.compactMap { id, state in
            FileStatus.modified(spool.paths.task(id, in: state).directory).map { (id: id, state: state, ended: $0) }
        }
        var shown: [(TaskID, TaskState)] = []
        for task in dated.sorted(by: { ($0.ended, $0.id.rawValue) > ($1.ended, $1.id.rawValue) }) {
            if shown.count == limit { break }
            if spool.exists(spool.paths.task(task.id, in: task.state).archived) { continue }
            shown.append((task.id, task.state))
        }
        return shown
    }

    /// Priority, then age, as daemons start them.
    private static func startsEarlier(_ left: ShownTask, _ right: ShownTask) -> Bool {
        let priorities = [left, right].map { $0.snapshot.spec?.priority ?? TaskSpec.defaultPriority }
        return priorities[0] == priorities[1] ? left.id < right.id : priorities[0] > priorities[1]
    }
}
