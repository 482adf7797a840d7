package import Inotify
import Synchronization
package import SystemPackage

/// Where in the spool something may have changed. A hint, never the truth: whoever gets it looks.
package struct SpoolHint: Sendable, Hashable {
    /// Directories of states whose list of tasks may be another.
    package var states: Set<TaskState> = []
    /// Tasks that came to, or left, the directory of a state, where nothing else may have changed in it.
    package var moved: [TaskState: Set<TaskID>] = [:]
    /// Tasks in whose directory, or in whose `asks/`, something may have changed.
    package var tasks: Set<TaskID> = []
    /// Tasks whose directory, or whose `asks/`, is watched from now on: something may have changed in it before.
    package var watched: Set<TaskID> = []
    /// `pause` or `closed` may have come or gone, or a provider's hold.
    package var root = false
    /// Names of files that were closed or moved in, by inbox directory (the key under which it is watched).
    package var inbox: [String: Set<String>] = [:]
    /// Anything may have changed anywhere.
    package var everything = false

    private static let mostMoved = 4096

    package init() {}

    /// Whether tasks may have come to, or left, the directory of that state.
    package func concerns(_ state: TaskState) -> Bool {
        everything || states.contains(state) || moved[state] != nil
    }

    package mutating func merge(_ other: SpoolHint) {
        states.formUnion(other.states)
        moved.merge(other.moved) { $0.union($1) }
        // From some number on a list is cheaper, and a slow reader's hint must not grow with what it missed.
        for (state, tasks) in moved where tasks.count > Self.mostMoved {
            moved[state] = nil
            states.insert(state)
        }
        tasks.formUnion(other.tasks)
        watched.formUnion(other.watched)
        root = root || other.root
        inbox.merge(other.inbox) { $0.union($1) }
        everything = everything || other.everything
    }
}

/// Tells everybody in this process who asks where in the spool to look again.
///
/// One watcher and one thread serve the spool and the inbox. Each subscriber has one pending hint, into which further
/// ones merge until it is taken: a busy subscriber gets one hint for a thousand events, and nothing piles up.
package final class SpoolWatcher: Sendable {
    private let watcher: DirectoryWatcher
    private let spool: SpoolDirectory
    private let subscribers = Mutex<[Int: HintMailbox]>([:])

    private enum Key {
        static let root = "root"
        static let providers = "providers"
        static let states = "state:"
        static let task = "task:"
        static let asks = "asks:"
        static let inbox = "inbox:"
    }

    /// Watches the state directories from now on. Tasks and inboxes are added one by one.
    package init(_ spool: SpoolDirectory, source: WatchSource) throws(WatchError) {
        self.spool = spool
        watcher = try DirectoryWatcher(source: source)
        try watcher.watch(spool.root, key: Key.root)
        // One that an older program made lacks it until a daemon starts.
        try? watcher.watch(spool.paths.providers, key: Key.providers)
        for state in TaskState.allCases {
            try watcher.watch(spool.paths.directory(of: state), key: Key.states + state.rawValue)
        }
    }

    /// Hands hints on until the task that runs this is cancelled or the watcher closed.
    package func run() async {
        await withTaskCancellationHandler {
            for await hint in watcher.hints { deliver(Self.translate(hint)) }
        } onCancel: {
            watcher.close()
        }
        subscribers.withLock { all in
            for mailbox in all.values { mailbox.close() }
            all = [:]
        }
    }

    /// How often the kernel had more to tell than it could keep.
    package var overflows: Int { watcher.overflows }

    /// Hints from now on, the first of them "look everywhere": watch first, then scan.
    package func subscribe() -> SpoolHints {
        let mailbox = HintMailbox()
        var first = SpoolHint()
        first.everything = true
        mailbox.post(first)
        subscribers.withLock { all in
            all[(all.keys.max() ?? 0) + 1] = mailbox
        }
        return SpoolHints(mailbox: mailbox)
    }

    /// Also watches a task's directory. It keeps its watch while it moves.
    ///
    /// A hint for the task follows at once, as something may have happened there before the watch was set.
    package func watchTask(_ id: TaskID, in state: TaskState) throws(WatchError) {
        let task = spool.paths.task(id, in: state)
        try watcher.watch(task.directory, key: Key.task + id.rawValue)
        var hint = SpoolHint()
        hint.watched = [id]
        deliver(hint)
    }

    /// Also watches the directory in which answers to a running task's asks arrive.
    package func watchAsks(_ id: TaskID) throws(WatchError) {
        try watcher.watch(spool.paths.task(id, in: .running).asks, key: Key.asks + id.rawValue)
        var hint = SpoolHint()
        hint.tasks = [id]
        deliver(hint)
    }

    package func unwatchTask(_ id: TaskID) {
        watcher.unwatch(key: Key.task + id.rawValue)
        watcher.unwatch(key: Key.asks + id.rawValue)
    }

    /// Also watches a drop folder; its key comes back in ``SpoolHint/inbox``.
    package func watchInbox(_ directory: FilePath, key: String) throws(WatchError) {
        try watcher.watch(directory, key: Key.inbox + key)
    }

    package func unwatchInbox(key: String) {
        watcher.unwatch(key: Key.inbox + key)
    }

    private func deliver(_ hint: SpoolHint) {
        let all = subscribers.withLock { Array($0.values) }
        for mailbox in all { mailbox.post(hint) }
    }

    private static func translate(_ hint: WatchHint) -> SpoolHint {
        var result = SpoolHint()
        result.everything = hint.rescan
        for key in hint.keys {
            if key == Key.root || key == Key.providers {
                result.root = true
            } else if key.hasPrefix(Key.states) {
                if let state = TaskState(rawValue: String(key.dropFirst(Key.states.count))) {
                    translate(hint, key, of: state, to: &result)
                }
            } else if key.hasPrefix(Key.task) {
                if let id = TaskID(key.dropFirst(Key.task.count)) { result.tasks.insert(id) }
            } else if key.hasPrefix(Key.asks) {
                if let id = TaskID(key.dropFirst(Key.asks.count)) { result.tasks.insert(id) }
            } else if key.hasPrefix(Key.inbox) {
                result.inbox[String(key.dropFirst(Key.inbox.count)), default: []].formUnion(hint.closed[key] ?? [])
            }
        }
        return result
    }

    /// A name that can't be a task's is one to warn of, which takes a list.
    private static func translate(_ hint: WatchHint, _ key: String, of state: TaskState, to result: inout SpoolHint) {
        let names = hint.moved[key] ?? []
        let tasks = names.compactMap { TaskID($0) }
        if hint.unnamed.contains(key) || tasks.count < names.count { result.states.insert(state) }
        if !tasks.isEmpty { result.moved[state, default: []].formUnion(tasks) }
    }
}

/// One subscriber's hints. For one consumer.
package struct SpoolHints: AsyncSequence, Sendable {
    fileprivate let mailbox: HintMailbox

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let mailbox: HintMailbox

        /// Waits for something to look at; nil when the watcher has stopped or the task was cancelled.
        package mutating func next() async -> SpoolHint? { await mailbox.take() }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> SpoolHint? {
            await mailbox.take()
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(mailbox: mailbox) }

    /// Gives this subscriber a hint, as if the tree had: for its own timers and for what else may wake it.
    package func poke(_ hint: SpoolHint) { mailbox.post(hint) }

    /// Ends this subscriber's sequence.
    package func close() { mailbox.close() }
}

/// Holds one pending hint and at most one waiting consumer.
private final class HintMailbox: Sendable {
    private struct State {
        var pending: SpoolHint?
        var waiting: CheckedContinuation<SpoolHint?, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    func post(_ hint: SpoolHint) {
        let waiting = state.withLock { state -> CheckedContinuation<SpoolHint?, Never>? in
            if state.isClosed { return nil }
            guard let waiting = state.waiting else {
                if state.pending?.merge(hint) == nil { state.pending = hint }
                return nil
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume(returning: hint)
    }

    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }

    func take() async -> SpoolHint? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> SpoolHint?? in
                    if let pending = state.pending {
                        state.pending = nil
                        return .some(pending)
                    }
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    state.waiting = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            close()
        }
    }
}
