import Spool
package import SystemPackage

/// A spool as a list shows it, read at one moment.
package struct SpoolOverview: Sendable {
    package struct Counts: Sendable, Hashable {
        package var running = 0
        package var waiting = 0
        package var new = 0
        package var done = 0
        package var failed = 0
        /// Drops that could not become a task.
        package var rejected = 0

        package init() {}

        package var tasks: Int { running + waiting + new + done + failed }
        package var ended: Int { done + failed }
    }

    /// What of a spool is read.
    package struct Selection: Sendable, Hashable {
        package var groups: Set<ShownTask.Group>
        /// At most so many new tasks, the oldest ones; nil means all.
        package var newLimit: Int?
        /// At most so many ended tasks, those that ended last; nil means all, also archived ones.
        package var endedLimit: Int?

        package init(
            groups: Set<ShownTask.Group> = Set(ShownTask.Group.allCases), newLimit: Int? = 20, endedLimit: Int? = 10
        ) {
            self.groups = groups
            self.newLimit = newLimit
            self.endedLimit = endedLimit
        }
    }

    package var spool: FilePath
    package var counts = Counts()
    package var waiting: [ShownTask] = []
    package var running: [ShownTask] = []
    /// First what is started first.
    package var new: [ShownTask] = []
    /// First what ended last.
    package var ended: [ShownTask] = []
    /// Tasks of the selected groups that limits left out.
    package var newLeftOut = 0
    package var endedLeftOut = 0
    package var isPaused = false
    package var isClosed = false
    package var daemons: [DaemonPresence] = []

    package init(spool: FilePath) { self.spool = spool }

    package var tasks: [ShownTask] { waiting + running + new + ended }
}
