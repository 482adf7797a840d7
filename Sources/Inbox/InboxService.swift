import Blocking
package import Logging
import ServiceLifecycle
package import Spool
package import SystemPackage
package import TaskSource

/// Turns dropped files into tasks.
///
/// Takes a file when whoever wrote it closes it or moves it in, and files found lying there once their size and time
/// have settled. Keeps nothing: what is not in the inbox any more has been taken, and a crash is gone on with from
/// `tmp/`.
package actor InboxService: Service {
    package struct Settings: Sendable {
        /// The drop folder. Its direct subfolders are projects.
        package var directory: FilePath
        /// How long a file that was not seen being closed must keep its size and time before it is taken.
        package var settle: Duration
        package var limits: TaskSourceLimits
        /// How often the inbox is looked at where its filesystem tells nothing of changes; nil where it does.
        package var poll: Duration?
        /// Names of projects: each gets its subfolder of the inbox, so that there is a place to drop into.
        package var projects: [String]

        package init(
            directory: FilePath, settle: Duration, limits: TaskSourceLimits, poll: Duration? = nil,
            projects: [String] = []
        ) {
            self.projects = projects
            self.directory = directory
            self.settle = settle
            self.limits = limits
            self.poll = poll
        }
    }

    private let spool: SpoolDirectory
    private let watcher: SpoolWatcher
    private let reader: TaskSourceReader
    private let settings: Settings
    private let logger: Logger
    private var settling = SettlingFiles()
    private var settleTimer: Task<Void, Never>?
    private var adoptionTimer: Task<Void, Never>?
    /// How long directories that could not be read are left alone now; zero if there are none.
    private var adoptionPause = Duration.zero
    private var retryTimer: Task<Void, Never>?
    /// How long taken files that could not become tasks are left alone now; zero if there are none.
    private var retryPause = Duration.zero
    private var watched: Set<String> = []
    private let hints: SpoolHints

    /// At most so many files are taken at once; each costs a few syncs, which the filesystem commits together.
    private static let concurrency = 8

    package init(
        spool: SpoolDirectory, watcher: SpoolWatcher, reader: TaskSourceReader, settings: Settings, logger: Logger
    ) {
        self.spool = spool
        self.watcher = watcher
        self.reader = reader
        self.settings = settings
        self.logger = logger
        hints = watcher.subscribe()
    }

    /// Goes on with what a crash cut off, then takes what is dropped, until cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.serve()
        }
    }

    private func serve() async {
        makeProjectFolders()
        let poller = settings.poll.map { interval in
            Task { [hints] in
                while (try? await Task.sleep(for: interval)) != nil {
                    var hint = SpoolHint()
                    hint.inbox = ["": []]
                    hints.poke(hint)
                }
            }
        }
        for await hint in hints { await handle(hint) }
        poller?.cancel()
        settleTimer?.cancel()
        adoptionTimer?.cancel()
        retryTimer?.cancel()
    }

    /// Goes on with files that were taken and are no tasks yet, as those that a predecessor took: to be called with
    /// these before ``run()``.
    package func resume(_ directories: [FilePath]) async {
        for directory in directories {
            do {
                let spool = spool
                guard
                    let intake = try await BlockingPool.run({ () throws(SpoolError) in try spool.resumeIntake(directory)
                    })
                else { continue }
                await finish(intake)
            } catch {
                logger.error(
                    "can't go on with a dropped file", metadata: ["path": "\(directory)", "error": "\(error)"])
                if error.code != .damaged { retryLater() }
            }
        }
    }

    private func makeProjectFolders() {
        for project in settings.projects.sorted() {
            guard let name = FilePath.Component(project) else { continue }
            do throws(SpoolError) {
                try spool.makeDirectory(settings.directory.appending(name))
            } catch {
                logger.warning(
                    "can't make a project's inbox", metadata: ["project": "\(project)", "error": "\(error)"])
            }
        }
    }

    // MARK: looking

    private func handle(_ hint: SpoolHint) async {
        if hint.everything || (hint.root && !spool.isClosed) {
            watchInboxes()
            await scan()
        } else if !hint.inbox.isEmpty {
            if hint.inbox[""] != nil { watchInboxes() }
            var files: [DroppedFile] = []
            for (project, names) in hint.inbox {
                for name in names {
                    if let component = FilePath.Component(name) { files.append(file(component, project: project)) }
                }
            }
            await take(files.filter(\.isWanted))
            await scan()
        }
        if hint.everything || hint.states.contains(.new) {
            await adoptSources()
        } else if let arrived = hint.moved[.new] {
            await adoptSources(among: arrived)
        }
        if retryPause > .zero, retryTimer == nil { await retry() }
    }

    /// Goes on with files of ours that were taken and did not become tasks: the disk was full, say. No file is being
    /// taken while this runs.
    private func retry() async {
        let (spool, before) = (spool, retryPause)
        retryPause = .zero
        let stranded = try? await BlockingPool.run { () throws(SpoolError) in try spool.ownIntakes() }
        guard let stranded else { return retryLater(after: before) }
        await resume(stranded)
        // Longer each time, if it was in vain again.
        if retryPause > .zero { retryLater(after: min(before * 2, Self.longestRetryPause)) }
    }

    private func retryLater(after pause: Duration = firstRetryPause) {
        retryPause = max(retryPause, pause)
        retryTimer?.cancel()
        let pause = retryPause
        retryTimer = Task {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            self.retryTimer = nil
            var hint = SpoolHint()
            hint.inbox = ["": []]
            self.hints.poke(hint)
        }
    }

    private static let firstRetryPause = Duration.seconds(2)
    private static let longestRetryPause = Duration.seconds(60)

    /// The key of an inbox directory is its project's name; that of the inbox itself is empty.
    private func file(_ component: FilePath.Component, project: String) -> DroppedFile {
        DroppedFile(
            directory: project.isEmpty ? settings.directory : settings.directory.appending(project),
            component: component, project: project.isEmpty ? nil : project
        )
    }

    private func watchInboxes() {
        var wanted: Set<String> = [""]
        for name in DroppedFile.subfolders(of: settings.directory) { wanted.insert(name) }
        for gone in watched.subtracting(wanted) { watcher.unwatchInbox(key: gone) }
        for project in wanted.subtracting(watched) {
            let directory = project.isEmpty ? settings.directory : settings.directory.appending(project)
            do {
                try watcher.watchInbox(directory, key: project)
            } catch {
                wanted.remove(project)
                logger.warning("can't watch an inbox", metadata: ["path": "\(directory)", "error": "\(error)"])
            }
        }
        watched = wanted
    }

    /// Looks at the files that lie in the inbox without having been seen closed, and takes those that have settled.
    private func scan() async {
        if spool.isClosed { return }
        var files: [DroppedFile] = []
        for project in watched.union([""]).sorted() {
            let directory = project.isEmpty ? settings.directory : settings.directory.appending(project)
            files += DroppedFile.entries(in: directory).map { file($0, project: project) }.filter(\.isWanted)
        }
        let ready = settling.update(files, now: .now, settle: settings.settle)
        await take(ready)
        settleTimer?.cancel()
        if !settling.isEmpty {
            let pause = max(settings.settle / 2, .milliseconds(50))
            settleTimer = lookAgain(after: pause)
        }
    }

    // MARK: taking

    private func take(_ files: [DroppedFile]) async {
        if spool.isClosed || files.isEmpty { return }
        await withTaskGroup(of: Void.self) { group in
            for (index, file) in files.enumerated() {
                if index >= Self.concurrency { await group.next() }
                group.addTask { await self.take(file) }
            }
        }
    }

    private func take(_ file: DroppedFile) async {
        guard file.isRegular else { return }
        let spool = spool
        do {
            let intake = try await BlockingPool.run { () throws(SpoolError) in
                try spool.take(file.path, as: file.sourceExtension, project: file.project)
            }
            await finish(intake)
        } catch  where error.code == .taskNotFound {
            // Taken back, or renamed by whoever synchronises the folder.
            logger.debug("a dropped file was gone", metadata: ["path": "\(file.path)"])
        } catch {
            logger.error("can't take a dropped file", metadata: ["path": "\(file.path)", "error": "\(error)"])
            retryLater()
        }
    }

    private func finish(_ intake: Intake) async {
        let (spool, reader, limits) = (spool, reader, settings.limits)
        do {
            let outcome = try await BlockingPool.run { () throws(SpoolError) -> Result<TaskID, RejectedDrop> in
                let reason: String
                do throws(SpoolError) {
                    let bytes = try spool.readSource(of: intake, limit: limits.fileBytes)
                    switch Self.parse(bytes, of: intake, with: reader) {
                    case .success(let spec): return .success(try spool.complete(intake, spec: spec))
                    case .failure(let error): reason = "\(error)"
                    }
                } catch {
                    switch error.code {
                    case .damaged: reason = "\(error)"
                    case .systemCall where error.errno == .permissionDenied:
                        reason = "the daemon may not read the file; give its user read permission"
                    default: throw error
                    }
                }
                return .failure(RejectedDrop(name: try spool.reject(intake, reason: reason + "\n"), reason: reason))
            }
            switch outcome {
            case .success(let id):
                logger.info("accepted", metadata: ["task": "\(id)", "file": "\(intake.fileName)"])
            case .failure(let rejected):
                logger.warning("rejected", metadata: ["file": "\(rejected.name)", "reason": "\(rejected.reason)"])
            }
        } catch {
            logger.error("can't accept a dropped file", metadata: ["file": "\(intake.fileName)", "error": "\(error)"])
            retryLater()
        }
    }

    private static func parse(
        _ bytes: [UInt8], of intake: Intake, with reader: TaskSourceReader
    ) -> Result<TaskSpec, TaskSourceError> {
        Result { () throws(TaskSourceError) in
            try reader.read(
                bytes: bytes, fileName: intake.fileName, project: intake.project,
                origin: TaskOrigin(.inbox, source: intake.fileName), now: .now()
            )
        }
    }

    // MARK: directories moved in by hand

    /// Reads tasks that somebody moved into `new/` with nothing but a source in them.
    ///
    /// - Parameter tasks: Those that are looked at; left out, all.
    private func adoptSources(among tasks: Set<TaskID>? = nil) async {
        let (spool, reader, limits, logger) = (spool, reader, settings.limits, logger)
        let looked = try? await BlockingPool.run { () throws(SpoolError) -> (isWaiting: Bool, hasFailed: Bool) in
            var (again, hasFailed) = (false, false)
            for id in try spool.tasksWithoutSpec(among: tasks) {
                do throws(SpoolError) {
                    again = try SourceAdoption(spool: spool, reader: reader, limits: limits).adopt(id) == .wait || again
                } catch {
                    // Gone, or no directory and so no task.
                    if error.code == .taskNotFound || error.errno == .notDirectory { continue }
                    logger.error("can't read a task", metadata: ["task": "\(id)", "error": "\(error)"])
                    hasFailed = true
                }
            }
            return (again, hasFailed)
        }
        let (isWaiting, hasFailed) = looked ?? (false, true)
        // Longer each time, as what is wrong with one may stay so.
        if hasFailed {
            adoptionPause = min(max(adoptionPause * 2, Self.firstRetryPause), Self.longestRetryPause)
        } else if tasks == nil {
            adoptionPause = .zero
        }
        guard isWaiting || hasFailed else { return }
        adoptionTimer?.cancel()
        adoptionTimer = lookAgain(after: isWaiting ? .seconds(1) : adoptionPause, at: .new)
    }

    private func lookAgain(after pause: Duration, at state: TaskState? = nil) -> Task<Void, Never> {
        Task { [hints] in
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            var hint = SpoolHint()
            if let state { hint.states = [state] } else { hint.inbox = ["": []] }
            hints.poke(hint)
        }
    }
}

private struct RejectedDrop: Error {
    var name: String
    var reason: String
}
