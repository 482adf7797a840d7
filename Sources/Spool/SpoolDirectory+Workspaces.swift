import Glibc
import Inotify
import JSON
import Synchronization
package import SystemPackage

/// A workspace and when a task for it was last created.
package struct UsedWorkspace: Sendable, Hashable {
    package var path: FilePath
    package var lastUsed: Timestamp
}

/// Where a task works, and how its spec looked when it was read: it need not be read again while it looks the same.
struct SeenWorkspace: Sendable {
    /// Nil if looking the same proves nothing.
    var stamp: FileStamp?
    var path: FilePath
    var created: Timestamp
}

/// Where tasks work: read from the tasks, newest first.
extension SpoolDirectory {
    /// So many of the newest tasks are read to find their workspaces: more than that ago is not recent.
    package static let workspaceDepth = 300

    /// The workspaces of the newest tasks, those of running ones always among them. Blocks.
    package func usedWorkspaces(_ index: TaskIndex) throws(SpoolError) -> [UsedWorkspace] {
        var places: [(id: TaskID, state: TaskState)] = []
        for state in TaskState.allCases {
            for id in try index.names(in: state).newest(Self.workspaceDepth) { places.append((id, state)) }
        }
        // Names that a person chose say nothing about when.
        places.sort { $0.id.isMade == $1.id.isMade ? $0.id > $1.id : $0.id.isMade }
        var last: [FilePath: Timestamp] = [:]
        let known = index.workspaces.withLock { $0 }
        var seen: [TaskID: SeenWorkspace] = [:]
        var directories: [TaskState: OpenDirectory] = [:]
        for state in Set(places.map(\.state)) { directories[state] = try openDirectory(of: state) }
        for (number, place) in places.enumerated() {
            if number >= Self.workspaceDepth, place.state != .running { continue }
            // One that moved on or can't be read says nothing here; others do.
            guard let directory = directories[place.state],
                let found = try? workspace(of: place.id, in: place.state, directory, knowing: known[place.id])
            else { continue }
            seen[place.id] = found
            last[found.path] = max(last[found.path] ?? found.created, found.created)
        }
        index.workspaces.withLock { [seen] in $0 = seen }
        return last.map { UsedWorkspace(path: $0.key, lastUsed: $0.value) }
            .sorted { ($0.lastUsed, $0.path.string) > ($1.lastUsed, $1.path.string) }
    }

    private func workspace(
        of id: TaskID, in state: TaskState, _ directory: OpenDirectory, knowing known: SeenWorkspace?
    ) throws(SpoolError) -> SeenWorkspace? {
        let now = FileStamp.now()
        var path = PathBytes(id.rawValue.utf8, in: directory)
        guard let status = try path.status(of: TaskPaths.Name.spec) else { return nil }
        let stamp = FileStamp(status)
        if let known, known.stamp == stamp { return known }
        guard let spec = try readSpec(id, in: state) else { return nil }
        let isProof = stamp.isSettled(at: now) && DirectoryWatcher.eventsAreReliable(on: directory.path)
        return SeenWorkspace(stamp: isProof ? stamp : nil, path: spec.workspace, created: spec.created)
    }

    /// The same without those that were hidden after their last task was created. Blocks.
    package func recentWorkspaces(_ index: TaskIndex) throws(SpoolError) -> [UsedWorkspace] {
        let hidden = try readHiddenWorkspaces()
        return try usedWorkspaces(index).filter { used in
            hidden[used.path.string].map { used.lastUsed > $0 } ?? true
        }
    }

    /// Writes into `workspaces-hidden.json` that a workspace is no longer offered, until a task is created for it.
    ///
    /// The file is replaced as a whole under a lock; it is hidden at the instant of the rename.
    ///
    /// - Returns: Whether it was offered before.
    package func hideWorkspace(_ path: String, _ index: TaskIndex) throws(SpoolError) -> Bool {
        let lock = try FileLock(paths.temporary.appending(".workspaces-lock"), wait: true)
        defer { lock.release() }
        guard try recentWorkspaces(index).contains(where: { $0.path.string == path }) else { return false }
        let used = Set(try usedWorkspaces(index).map(\.path.string))
        // What no task uses any more need not be hidden.
        var hidden = try readHiddenWorkspaces().filter { used.contains($0.key) }
        hidden[path] = .now()
        var object: JSONObject = [:]
        for (path, time) in hidden.sorted(by: { $0.key < $1.key }) { object[path] = .string(time.iso8601) }
        try DurableFile.write(JSONValue.object(object).pretty, to: paths.hiddenWorkspaces)
        return true
    }

    private func readHiddenWorkspaces() throws(SpoolError) -> [String: Timestamp] {
        let json = try readJSON(paths.hiddenWorkspaces, limit: 1 << 20)
        var hidden: [String: Timestamp] = [:]
        for (path, time) in json?.object ?? [:] { hidden[path] = time.string.flatMap(Timestamp.init(iso8601:)) }
        return hidden
    }
}
