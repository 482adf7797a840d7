import Glibc
import Inotify
import SystemPackage

/// What a task's directory, and the files that tell of the task, look like at one moment, without one of them being
/// read.
///
/// Two looks of which the first was settled are equal only if nothing of the task was changed in between: what was read
/// after the first is what would be read after the second.
package struct TaskLook: Sendable, Equatable {
    /// Those that a task's page and its line in a list are made of.
    package enum Entry: Int, CaseIterable, Sendable {
        case spec, session, hold, cancel, archived, verdict, reason, result, activity, retry, attempts, asks, log

        /// Those that say something of a task in that state.
        fileprivate static func telling(of state: TaskState) -> [Entry] {
            switch state {
            case .new: waiting
            case .running: running
            case .done, .failed: ended
            }
        }

        private static let waiting: [Entry] = [.spec, .hold, .verdict, .retry, .attempts, .log]
        private static let running: [Entry] = [.spec, .session, .hold, .cancel, .activity, .attempts, .asks, .log]
        private static let ended: [Entry] = [.spec, .session, .archived, .verdict, .reason, .result, .attempts, .log]

        fileprivate var name: String {
            switch self {
            case .spec: TaskPaths.Name.spec
            case .session: TaskPaths.Name.session
            case .hold: TaskPaths.Name.hold
            case .cancel: TaskPaths.Name.cancel
            case .archived: TaskPaths.Name.archived
            case .verdict: TaskPaths.Name.verdict
            case .reason: TaskPaths.Name.reason
            case .result: TaskPaths.Name.result
            case .activity: TaskPaths.Name.activity
            case .retry: TaskPaths.Name.retry
            case .attempts: TaskPaths.Name.attempts
            case .asks: TaskPaths.Name.asks
            case .log: TaskPaths.Name.log
            }
        }
    }

    private var directory: FileStamp
    /// Of those that are there, in the order of ``Entry``.
    private var stamps: [FileStamp] = []
    /// A bit for each that is there.
    private var present: UInt16 = 0
    /// Open asks, as they are files of their own; of a running task only.
    private var asks: [Ask] = []
    /// Of `providers/`: shown with a task that waits is what holds it.
    private var providers: FileStamp?

    private struct Ask: Sendable, Equatable {
        var name: String
        var stamp: FileStamp?
    }

    fileprivate init(_ directory: FileStamp) { self.directory = directory }

    fileprivate mutating func add(_ entry: Entry, _ stamp: FileStamp) {
        present |= 1 << UInt16(entry.rawValue)
        stamps.append(stamp)
    }

    fileprivate mutating func setProviders(_ stamp: FileStamp?) { providers = stamp }

    /// Whether the files still look so, in a directory that does.
    fileprivate func isStill(_ state: TaskState, _ path: inout PathBytes, _ now: FileStamp?) throws(SpoolError) -> Bool
    {
        guard providers == now else { return false }
        var position = 0
        for entry in Entry.telling(of: state) where has(entry) {
            guard let status = try path.status(of: entry.name), stamps[position] == FileStamp(status) else {
                return false
            }
            position += 1
        }
        return true
    }

    fileprivate mutating func addAsk(_ name: String, _ stamp: FileStamp?) { asks.append(Ask(name: name, stamp: stamp)) }

    fileprivate func isOfSameDirectory(as other: TaskLook) -> Bool { directory == other.directory }

    package func has(_ entry: Entry) -> Bool { present & 1 << UInt16(entry.rawValue) != 0 }

    /// Whether any change after `now` would have to look different.
    fileprivate func isSettled(at now: Int) -> Bool {
        directory.isSettled(at: now) && stamps.allSatisfy { $0.isSettled(at: now) }
            && providers?.isSettled(at: now) ?? true
    }

    /// Another one when something was written, made or removed.
    fileprivate func fingerprint(_ id: TaskID, _ state: TaskState) -> TaskFingerprint {
        var fingerprint = TaskFingerprint()
        fingerprint.combine(id.rawValue)
        fingerprint.combine(state.rawValue)
        // Its time is shown as that of the last update; the rest of its stamp moves with the task.
        directory.combineEntries(into: &fingerprint)
        fingerprint.combine(UInt64(present))
        for stamp in stamps { stamp.combine(into: &fingerprint) }
        providers?.combine(into: &fingerprint)
        for ask in asks {
            fingerprint.combine(ask.name)
            ask.stamp?.combine(into: &fingerprint)
        }
        return fingerprint
    }
}

/// A look, and what it is known by.
package struct TaskSighting: Sendable {
    package let look: TaskLook
    package let fingerprint: TaskFingerprint
    /// Whether an equal look, at whatever later time, proves that what was read after this one is still so.
    package let isProof: Bool

    /// Whether what was read after an earlier sighting would be read now.
    package func proves(_ earlier: TaskSighting) -> Bool { earlier.isProof && earlier.look == look }
}

/// What the looks at several tasks for one answer have in common, looked at once, before the first of them that it
/// concerns.
package struct SharedLook: Sendable {
    private let spool: SpoolDirectory
    private var directories: [TaskState: OpenDirectory] = [:]
    private var providers: FileStamp??

    package init(_ spool: SpoolDirectory) { self.spool = spool }

    fileprivate mutating func directory(of state: TaskState) throws(SpoolError) -> OpenDirectory {
        if let open = directories[state] { return open }
        let open = try spool.openDirectory(of: state)
        directories[state] = open
        return open
    }

    /// Of a task in that state: nil where it is not shown what holds a provider.
    fileprivate mutating func providers(for state: TaskState) throws(SpoolError) -> FileStamp? {
        if state != .new { return nil }
        if let providers { return providers }
        let stamp = try Syscalls.status(spool.paths.providers).map(FileStamp.init)
        providers = .some(stamp)
        return stamp
    }
}

extension SpoolDirectory {
    /// Looks at a task; nil when it is not there. Nothing of it is read, but the spec of one that waits. Blocks.
    ///
    /// - Parameters:
    ///   - known: An earlier sighting. While the directory itself has not changed since, the names in it are the same, and
    ///     only those that were there are looked at.
    ///   - shared: For several tasks of one answer.
    package func look(
        at id: TaskID, in state: TaskState, knowing known: TaskSighting? = nil, _ shared: inout SharedLook
    ) throws(SpoolError) -> TaskSighting? {
        let now = FileStamp.now()
        let providers = try shared.providers(for: state)
        var path = PathBytes(id.rawValue.utf8, in: try shared.directory(of: state))
        guard let status = try path.status() else { return nil }
        var look = TaskLook(FileStamp(status))
        let known = known.flatMap { $0.isProof && $0.look.isOfSameDirectory(as: look) ? $0 : nil }
        if let known, try known.look.isStill(state, &path, providers) { return known }
        for entry in TaskLook.Entry.telling(of: state) where known?.look.has(entry) ?? true {
            if let status = try path.status(of: entry.name) { look.add(entry, FileStamp(status)) }
        }
        look.setProviders(providers)
        if look.has(.asks) {
            let task = paths.task(id, in: state)
            for ask in try openAsks(task) {
                look.addAsk(ask, try Syscalls.status(task.asks.appending("\(ask).json")).map(FileStamp.init))
            }
        }
        var fingerprint = look.fingerprint(id, state)
        if state == .new, mayWait(paths.task(id, in: state)) {
            // Shown with it is what became of other tasks, which shows in the directories that they leave and enter.
            for state in TaskState.allCases {
                let status = try Syscalls.status(paths.directory(of: state))
                if let status { FileStamp(status).combine(into: &fingerprint) }
            }
            return TaskSighting(look: look, fingerprint: fingerprint, isProof: false)
        }
        // What lies in the directories of asks and earlier attempts is not all looked at. A link, or a directory that
        // other hosts change, has times that prove nothing.
        let isProof =
            !look.has(.asks) && !look.has(.attempts) && look.isSettled(at: now) && status.st_mode & S_IFMT == S_IFDIR
            && DirectoryWatcher.eventsAreReliable(on: paths.directory(of: state))
        return TaskSighting(look: look, fingerprint: fingerprint, isProof: isProof)
    }

    /// Looks at a single task; nil when it is not there. Blocks.
    package func look(at id: TaskID, in state: TaskState) throws(SpoolError) -> TaskSighting? {
        var shared = SharedLook(self)
        return try look(at: id, in: state, &shared)
    }

    /// Whether the spec may name other tasks: a goal that speaks of `"after"` looks the same.
    private func mayWait(_ task: TaskPaths) -> Bool {
        guard let bytes = (try? Syscalls.read(task.spec, limit: 64 << 20)) ?? nil else { return false }
        // JSON holds no zero byte that could end the text early.
        return (bytes + [0]).withUnsafeBytes { text in
            guard let start = text.baseAddress else { return false }
            return strstr(start.assumingMemoryBound(to: CChar.self), "\"after\"") != nil
        }
    }
}
