import Glibc
package import JSON
package import SystemPackage

extension SpoolDirectory {
    /// The tasks in a state, oldest name first. What can't be a task is left out.
    package func list(_ state: TaskState) throws(SpoolError) -> [TaskID] {
        try names(in: state).compactMap { TaskID($0) }.sorted()
    }

    /// The names of the directories in a state's directory, in no order, also those that can't be a task's.
    package func names(in state: TaskState) throws(SpoolError) -> [String] {
        try Syscalls.subdirectories(of: paths.directory(of: state)).names
    }

    /// What is in a state's directory, in no order: tasks, and what can't be one by its name or its kind.
    package func listing(_ state: TaskState) throws(SpoolError) -> (tasks: [TaskID], strangers: [String]) {
        let (names, others) = try Syscalls.subdirectories(of: paths.directory(of: state))
        var result: (tasks: [TaskID], strangers: [String]) = ([], others)
        for name in names {
            if let id = TaskID(name) { result.tasks.append(id) } else { result.strangers.append(name) }
        }
        return result
    }

    /// `task.json` of a task. Nil when it has none (a directory that was moved in by hand) or is not there.
    package func readSpec(_ id: TaskID, in state: TaskState) throws(SpoolError) -> TaskSpec? {
        let task = paths.task(id, in: state)
        guard let json = try readJSON(task.spec) else { return nil }
        guard let spec = TaskSpec(json: json) else {
            let advice =
                TaskSpec.hasForeignChecks(json)
                ? "its verify is not what was accepted: verify_sha256 does not fit; submit the task again"
                : "a field is missing or of another kind"
            throw SpoolError(.damaged, "read", task.spec, advice: advice)
        }
        return spec
    }

    /// Whether the task's directory is in that state. A link to one is no task.
    package func isThere(_ id: TaskID, in state: TaskState) -> Bool {
        Syscalls.isDirectory(paths.task(id, in: state).directory)
    }

    /// The tasks in `new/` that have not been read yet, in no order.
    ///
    /// - Parameter tasks: Those that are asked about; left out, all that are there.
    package func tasksWithoutSpec(among tasks: Set<TaskID>? = nil) throws(SpoolError) -> [TaskID] {
        if let tasks {
            return tasks.filter { id in
                let task = paths.task(id, in: .new)
                return !Syscalls.exists(task.spec) && Syscalls.isDirectory(task.directory)
            }
        }
        let directory = try openDirectory(of: .new)
        var found: [TaskID] = []
        var failure: SpoolError?
        try Syscalls.eachSubdirectory(of: directory.path) { name in
            guard failure == nil, TaskID.isValid(name) else { return }
            var path = PathBytes(name, in: directory)
            do throws(SpoolError) {
                if try path.status(of: TaskPaths.Name.spec) == nil { found.append(TaskID(validated: name)) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return found
    }

    /// A JSON file of ours; nil when it is not there.
    package func readJSON(_ path: FilePath, limit: Int = 64 << 20) throws(SpoolError) -> JSONValue? {
        guard let bytes = try Syscalls.read(path, limit: limit) else { return nil }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw SpoolError(.damaged, "read", path, advice: error.description)
        }
    }

    /// The first line of a small text file, without space around it; nil when there is none.
    package func readWord(_ path: FilePath) throws(SpoolError) -> String? {
        guard let bytes = try Syscalls.read(path, limit: 1 << 20) else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        let trimmed = line.trimmingSpace()
        return trimmed.isEmpty ? nil : trimmed
    }

    /// A file's bytes, bounded; nil when it is not there. Links, pipes and the like are refused.
    package func readFile(_ path: FilePath, limit: Int) throws(SpoolError) -> [UInt8]? {
        try Syscalls.read(path, limit: limit)
    }

    package func readVerdict(_ task: TaskPaths) throws(SpoolError) -> Verdict? {
        try readWord(task.verdict).flatMap(Verdict.init(rawValue:))
    }

    package func readRetry(_ task: TaskPaths) throws(SpoolError) -> RetryNote? {
        try readJSON(task.retry).flatMap(RetryNote.init(json:))
    }

    /// Everything about a task that lists and pages show, read from the tree now.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` when it is in no state, or left while it was read for good.
    package func snapshot(_ id: TaskID) throws(SpoolError) -> TaskSnapshot {
        var last = SpoolError(.taskNotFound, "read", paths.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
        for _ in 0..<3 {
            let (_, state) = try locate(id)
            do {
                return try snapshot(id, in: state)
            } catch  where error.code == .taskNotFound {
                last = error
            }
        }
        throw last
    }

    /// The same for a task that was just seen in `state`.
    ///
    /// - Parameter look: How it was seen; what was not there is not looked for.
    package func snapshot(
        _ id: TaskID, in state: TaskState, seenAs look: TaskLook? = nil
    ) throws(SpoolError) -> TaskSnapshot {
        let task = paths.task(id, in: state)
        func isThere(_ entry: TaskLook.Entry, _ path: FilePath) -> Bool { look?.has(entry) ?? Syscalls.exists(path) }
        func mayBeThere(_ entry: TaskLook.Entry) -> Bool { look?.has(entry) ?? true }
        var damage: String?
        // A file that is no file of ours any more must not hide the task, and with it all others of a list.
        func readable<Value>(_ read: () throws(SpoolError) -> Value?) throws(SpoolError) -> Value? {
            do {
                return try read()
            } catch  where error.code == .damaged {
                damage = damage ?? error.description
                return nil
            }
        }
        let spec = try readable { () throws(SpoolError) in try readSpec(id, in: state) }
        var snapshot = TaskSnapshot(id: id, state: state, spec: spec)
        snapshot.isHeld = !state.isEnded && isThere(.hold, task.hold)
        snapshot.isArchived = state.isEnded && isThere(.archived, task.archived)
        if state != .new, mayBeThere(.session) {
            snapshot.session = try readable { () throws(SpoolError) in try readWord(task.session) }
        }
        if state == .running {
            if mayBeThere(.asks) { snapshot.asks = try openAsks(task) }
            snapshot.isCancelling = isThere(.cancel, task.cancel)
            if mayBeThere(.activity) { snapshot.activity = try? readJSON(task.activity) }
            if Syscalls.exists(task.turnSent) {
                // Empty for the first.
                snapshot.turn = ((try? readWord(task.turnSent)) ?? nil).flatMap { Int($0) } ?? 1
            }
        }
        if state.isEnded {
            snapshot.verdict = try readable { () throws(SpoolError) in try readVerdict(task) }
            snapshot.reason = try readable { () throws(SpoolError) in try Syscalls.read(task.reason, limit: 1 << 20) }
                .map { String(decoding: $0, as: UTF8.self).trimmingSpace() }
            snapshot.result = try? readJSON(task.result)
        }
        if state == .new, mayBeThere(.retry), !isThere(.verdict, task.verdict) { snapshot.retry = try? readRetry(task) }
        snapshot.damage = damage
        // Moved away while we read: what we have is a mixture.
        guard let status = try Syscalls.status(task.directory) else {
            throw SpoolError(.taskNotFound, "read", task.directory, errno: .noSuchFileOrDirectory)
        }
        snapshot.changed = Timestamp(status.st_mtim)
        return snapshot
    }

    /// When an entry of a task's directory was last added, replaced or removed, as ``TaskSnapshot/changed``; nil when it
    /// is not there.
    package func changeTime(of id: TaskID, in state: TaskState) throws(SpoolError) -> Timestamp? {
        try Syscalls.status(paths.task(id, in: state).directory).map { Timestamp($0.st_mtim) }
    }

    /// When a task last came into its state or got another entry; nil when it is not there.
    func lastChange(of id: TaskID, in state: TaskState) throws(SpoolError) -> Timestamp? {
        let task = paths.task(id, in: state)
        // An ended task has its verdict since it ended; what people add to its directory later is no news of it.
        if state.isEnded, let status = try Syscalls.status(task.verdict) { return Timestamp(status.st_mtim) }
        return try Syscalls.status(task.directory).map { Timestamp($0.st_ctim) }
    }

    /// When a task was last claimed; nil if it never was. `owner` is made anew by each claim.
    package func lastClaim(of id: TaskID, in state: TaskState) throws(SpoolError) -> Timestamp? {
        try Syscalls.status(paths.task(id, in: state).owner).map { Timestamp($0.st_mtim) }
    }

    /// When an ended task came to its end; nil when it is not there, or was moved by hand a moment ago.
    ///
    /// - Parameter directory: That of the state, if it is open.
    package func endTime(
        of id: TaskID, in state: TaskState, from directory: OpenDirectory? = nil
    ) throws(SpoolError) -> Timestamp? {
        var path =
            directory.map { PathBytes(id.rawValue.utf8, in: $0) } ?? PathBytes(paths.task(id, in: state).directory)
        return try path.status(of: TaskPaths.Name.verdict).map { Timestamp($0.st_mtim) }
    }

    /// The asks of a running task that wait for an answer, oldest name first.
    package func openAsks(_ task: TaskPaths) throws(SpoolError) -> [String] {
        let names: [String]
        do {
            names = try Syscalls.names(in: task.asks, followsLink: false)
        } catch  where error.code == .taskNotFound || error.errno == .notDirectory {
            return []
        }
        return names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The task that a person means: its id, or a part at the beginning or the end that only one task has.
    package func resolve(_ text: String) throws(SpoolError) -> TaskID {
        if let id = TaskID(text), (try? locate(id)) != nil { return id }
        // What a person typed goes into messages; it may be anything.
        let shown = paths.root.appending(String(text.filter { $0 != "/" && $0 != "\0" }.prefix(80)))
        var found: Set<TaskID> = []
        for state in TaskState.allCases {
            found.formUnion(try list(state).filter { $0.rawValue.hasPrefix(text) || $0.rawValue.hasSuffix(text) })
        }
        guard let id = found.first, !text.isEmpty else {
            throw SpoolError(
                .taskNotFound, "find", shown,
                advice: "`openloom ls --all` lists the tasks"
            )
        }
        if found.count > 1 {
            let some = found.sorted().prefix(5).map(\.rawValue).joined(separator: ", ")
            throw SpoolError(.ambiguous, "find", shown, advice: "say more: \(some)")
        }
        return id
    }
}

extension String {
    func trimmingSpace() -> String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
