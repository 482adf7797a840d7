package import DaemonConfiguration
import Glibc
import Spool
package import SystemPackage

/// Carries over what OpenLoom 0.17 has, or says what would become of it.
///
/// The old home is only ever read. Everything that is made here is made by what makes it otherwise: the spool, and tasks
/// in it. Done twice, or cut off and done again, it comes to the same.
package struct Migration {
    let old: OldHome
    let home: FilePath
    let environment: [String: String]
    /// Those of the command line: which configuration file is ours, and which spool.
    let flags: ConfigurationFlags
    let workingDirectory: FilePath?
    var report: MigrationReport
    let isDry: Bool
    /// Told how many tasks have been looked at, or carried over, whenever that is one more.
    package var onProgress: @Sendable (Int) -> Void = { _ in }
    /// Where tasks work that are here now, or would be.
    private var workspaces: Set<String> = []

    package init(
        old: OldHome, home: FilePath, environment: [String: String], flags: ConfigurationFlags,
        workingDirectory: FilePath? = nil, isDry: Bool
    ) {
        self.old = old
        self.home = home
        self.environment = environment
        self.flags = flags
        self.workingDirectory = workingDirectory
        self.isDry = isDry
        report = MigrationReport(from: old.directory.string, spool: "", isDry: isDry)
    }

    /// Looks at everything, and carries it over unless this is a dry run.
    ///
    /// - Throws: ``MigrationError`` and `SpoolError`. What was carried over before stays, and is left alone the next time.
    package mutating func run() throws -> MigrationReport {
        guard OldHome.isDirectory(old.directory) else {
            throw MigrationError(
                "there is no directory \(old.directory); name the .openloom of OpenLoom 0.17 with --from")
        }
        let target = try targetConfiguration()
        let configuration = try readConfiguration(target)
        tellUnread()
        let database = old.database(databaseName(configuration), home: home)
        let holder = OldDaemon.holder(of: database)
        let isReady = !report.items.contains { $0.kind == .configuration && $0.outcome == .problem }
        // What 0.17's file lacks to be ours has been told, and keeps nobody from looking at the rest.
        let standard = flags.spool.map { FilePath($0) } ?? home.appending(".openloom/spool")
        let path = isReady || target.isThere && !target.isOld ? try spoolPath(target) : standard
        report.spool = path.string
        if !isDry {
            // Half of a home would be carried over, and the rest by other rules.
            if let holder { throw MigrationError("OpenLoom 0.17 is running: \(holder.advice(database))") }
            guard isReady else { return report }
        } else if let holder {
            add(.program, TaskPlan.program, .problem, "is running: \(holder.advice(database))")
        }
        var spool: SpoolDirectory?
        var lock: FileLock?
        if isDry {
            spool = lookAtSpool(path)
        } else {
            try makeParents(of: target)
            let opened = try SpoolDirectory(openingOrCreating: path)
            lock = try DaemonLock.take(opened)
            try opened.ensureDirectories()
            _ = try opened.recover()
            spool = opened
        }
        defer { lock?.release() }
        try carryTasks(from: database, isNamed: databaseName(configuration) != nil, to: spool)
        try carryConfiguration(target)
        tellWorkspaces(database)
        tellConnectors(configuration)
        tellWebhooks(configuration)
        return report
    }

    mutating func add(
        _ kind: MigrationItem.Kind, _ name: String, _ outcome: MigrationItem.Outcome, _ message: String
    ) {
        report.items.append(MigrationItem(kind, name, outcome, message))
    }

    /// Where private copies are made.
    var scratch: FilePath {
        environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? FilePath($0) : nil } ?? "/tmp"
    }

    /// The spool as it is, if there is one. What would keep `--apply` from using it is told.
    private mutating func lookAtSpool(_ path: FilePath) -> SpoolDirectory? {
        do throws(SpoolError) {
            let spool = try SpoolDirectory(opening: path)
            if spool.isClosed {
                add(.program, path.string, .problem, "is closed; remove \(spool.paths.closed) to have it accept tasks")
            }
            if DaemonLock.isTaken(spool) {
                add(.program, path.string, .problem, "is in use by openloom's daemon; stop that before --apply")
            }
            return spool
        } catch {
            if error.code != .spoolMissing { add(.program, path.string, .problem, "\(error)") }
            return nil
        }
    }

    // MARK: tasks

    private mutating func carryTasks(
        from database: FilePath, isNamed: Bool, to spool: SpoolDirectory?
    ) throws {
        guard OldHome.isFile(database) else {
            if isNamed {
                add(
                    .program, database.string, .problem,
                    "is no file, and is named as 0.17's database: no task is carried over; mend database or "
                        + "OPENLOOM_DATABASE")
            } else {
                add(
                    .program, database.string, .differs,
                    "IS NOT THERE, SO THERE ARE NO TASKS. If 0.17 had some, name its home with --from, or the database with "
                        + "OPENLOOM_DATABASE")
            }
            return
        }
        var failure: (any Error)?
        var items: [MigrationItem] = []
        var used: Set<String> = []
        let (isDry, onProgress) = (isDry, onProgress)
        let node = NodeIdentity.current()
        let tasks = try OldDatabase(database, scratch: scratch)
        var sessions: [String: Set<String>] = [:]
        try tasks.eachTask { old in
            if let session = old.session { sessions[old.name, default: []].insert(session) }
            return true
        }
        try tasks.eachTask { old in
            do {
                let plan = TaskPlan(old, sessions: sessions[old.name] ?? [])
                let item = try Self.carry(old, plan, to: spool, by: node, isDry: isDry)
                if item.outcome != .problem { used.insert(old.workspace) }
                items.append(item)
                onProgress(items.count)
                return true
            } catch {
                failure = error
                return false
            }
        }
        report.items += items
        workspaces = used
        if let failure { throw failure }
    }

    private static func carry(
        _ old: OldTask, _ plan: TaskPlan, to spool: SpoolDirectory?, by node: NodeIdentity, isDry: Bool
    ) throws(SpoolError) -> MigrationItem {
        let name = "\(old.id.isEmpty ? "(no id)" : String(old.id.prefix(130))) \(old.name)"
        guard let task = plan.task else { return MigrationItem(.task, name, .problem, plan.message) }
        let present = MigrationItem(.task, name, .present, "was carried over before; nothing is done")
        if let spool, spool.wasMigrated(task.id) {
            if !isDry { _ = try spool.migrate(task, by: node) }
            return present
        }
        if let spool, let place = try? spool.locate(task.id) {
            return MigrationItem(
                .task, name, .problem,
                "can't be carried over: a task of that name is in \(place.1.rawValue)/ that came from elsewhere; "
                    + "remove that, or leave it so")
        }
        if !isDry, let spool, try !spool.migrate(task, by: node) { return present }
        let remark = plan.remark.map { ". But \($0)" } ?? ""
        return MigrationItem(.task, name, .carried, "\(old.statusText): \(plan.message)\(remark)")
    }

    // MARK: workspaces

    /// Ours are those of tasks, so there is nothing to be carried over.
    private mutating func tellWorkspaces(_ database: FilePath) {
        let recent = database.removingLastComponent().appending("recent.sqlite3")
        guard OldHome.isFile(recent) else { return }
        let paths: [String]
        do {
            paths = try OldDatabase(recent, scratch: scratch).recentWorkspaces()
        } catch {
            add(
                .workspace, recent.string, .differs, "is not read, so that only workspaces of tasks are known: \(error)"
            )
            return
        }
        for path in paths {
            if workspaces.contains(path) {
                add(.workspace, path, .works, "works unchanged: it is offered, as tasks work there")
            } else {
                add(
                    .workspace, path, .differs,
                    "is offered once a task has been made there: openloom remembers workspaces by their tasks")
            }
        }
    }
}
