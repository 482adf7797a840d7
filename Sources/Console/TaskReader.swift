import JSON
package import Spool
import SystemPackage

/// Reads tasks for lists, with short names that hold among all tasks of the spool.
package struct TaskReader: Sendable {
    private let spool: SpoolDirectory
    package let names: TaskNames

    package init(spool: SpoolDirectory, all: [TaskID: TaskState]) {
        self.spool = spool
        names = TaskNames(all: all.keys)
    }

    /// The task; nil when it is no longer in `state`. One that can't be read is shown as damaged, never left out.
    package func read(_ id: TaskID, in state: TaskState) -> ShownTask? {
        let task = spool.paths.task(id, in: state)
        var snapshot: TaskSnapshot
        do {
            snapshot = try spool.snapshot(id, in: state)
        } catch  where error.code == .taskNotFound {
            return nil
        } catch {
            snapshot = TaskSnapshot(id: id, state: state, spec: nil)
            snapshot.damage = error.description
        }
        return ShownTask(
            snapshot: snapshot, shortID: names.short(id), started: state == .running ? started(task) : nil,
            asks: snapshot.asks.map { spool.readAsk($0, of: task) }
        )
    }

    /// When the attempt that runs was claimed, by the task's log.
    private func started(_ task: TaskPaths) -> Timestamp? {
        let lines = (try? TaskLog.lines(of: task, limit: 1000)) ?? []
        let claim = lines.last { $0["event"]?.string == "claimed" }
        return claim?["time"]?.string.flatMap(Timestamp.init(iso8601:))
    }
}
