import Glibc
import JSON
import SystemPackage

/// Files that an agent can change from its workspace although they are not compared with it: what symbolic links lead
/// to outside, and what git itself obeys, hooks and settings.
struct OutsideFiles: Sendable {
    /// Where to look; the same before and after.
    struct Places: Sendable {
        /// Real paths outside of the workspace, and the link, from the workspace, that leads there.
        var targets: [(path: [UInt8], link: [UInt8])] = []
        /// Git directories, each with its hooks, settings and rules.
        var repositories: [[UInt8]] = []
        /// Further directories of hooks.
        var hooks: [[UInt8]] = []
    }

    struct File: Sendable {
        /// nil where there is none: a link may lead to what is not there.
        var status: FileStatus?
        var sha256: String?
        var link: [UInt8]?
    }

    var places: Places
    /// By their absolute paths.
    private(set) var files: [[UInt8]: File] = [:]
    private(set) var notes = Notes()
    private var room = hashedBytes

    /// Files that are looked at, and bytes that are hashed, at most.
    private static let limit = 2_000
    private static let hashedBytes = 16 << 20
    /// What git obeys, from a git directory.
    private static let settings = [
        "config", "config.worktree", "info/exclude", "info/attributes", "info/grafts", "info/sparse-checkout",
        "objects/info/alternates",
    ]

    /// Looks at all of it as it is now.
    init(_ places: Places) {
        self.places = places
        for place in places.targets { look(at: place.path, through: place.link) }
        for repository in places.repositories {
            for name in Self.settings { look(at: repository + Array("/\(name)".utf8), through: nil) }
            look(at: repository + Array("/hooks".utf8), through: nil)
        }
        for directory in places.hooks { look(at: directory, through: nil) }
        // What is not there is of interest only where a link leads to it.
        files = files.filter { $1.status != nil || $1.link != nil }
    }

    private mutating func look(at path: [UInt8], through link: [UInt8]?) {
        let full = PathText.path(path)
        guard let status = try? Syscalls.status(full) else {
            files[path] = File(status: nil, sha256: nil, link: link)
            return
        }
        guard status.kind == .directory else { return add(path, status, link) }
        let tree = WorkspaceTree(limits: EvidenceLimits(files: Self.limit, depth: 8, walkSeconds: 1), excluded: [])
        let found = try? tree.scanHere(full) { _, directory in
            directory.files.map { ($0.status, directory.path(of: $0.name)) }
        }
        for (status, inner) in (found?.values ?? []).joined() { add(path + [UInt8(ascii: "/")] + inner, status, link) }
        if found?.outcome.gaps.isEmpty != true {
            notes.add("\(PathText.shown(path)): not all that lies there, outside of the workspace, was looked at")
        }
    }

    private mutating func add(_ path: [UInt8], _ status: FileStatus, _ link: [UInt8]?) {
        guard files.count < Self.limit else {
            return notes.add("of the files outside of the workspace, only \(Self.limit) were looked at")
        }
        var file = File(status: status, sha256: nil, link: link)
        if status.isRegular, status.size <= room, let root = try? Syscalls.open("/", O_RDONLY | O_DIRECTORY) {
            file.sha256 = (try? Beneath.content(root, path, expected: status, keep: 0))??.sha256
            room -= status.size
        }
        files[path] = file
    }

    // MARK: afterwards

    /// What is different now.
    ///
    /// - Parameter workspace: Paths below it are given from there, others in full.
    func changes(to now: OutsideFiles, workspace: FilePath) -> (changes: [FileChange], notes: Notes) {
        var changes: [FileChange] = []
        var notes = now.notes
        let top = PathText.bytes(workspace) + [UInt8(ascii: "/")]
        for path in Set(files.keys).union(now.files.keys).sorted(by: Bytes.precedes) {
            let (old, new) = (files[path], now.files[path])
            let kind: FileChange.Kind
            switch (old?.status, new?.status) {
            case (nil, nil): continue
            case (nil, _): kind = .added
            case (_, nil): kind = .deleted
            case (let before?, let after?):
                if before.isSame(as: after) { continue }
                if before.kind != after.kind {
                    kind = .typeChanged
                } else if let hash = old?.sha256, let other = new?.sha256 {
                    if hash == other && before.mode == after.mode { continue }
                    kind = hash == other ? .modeChanged : .modified
                } else if before.size != after.size {
                    kind = .modified
                } else {
                    notes.add("\(PathText.shown(path)), outside of the workspace: touched; its content was not read")
                    continue
                }
            }
            let shown = path.starts(with: top) ? Array(path.dropFirst(top.count)) : path
            var change = FileChange(kind, PathText.path(shown))
            (change.sizeBefore, change.sizeAfter) = (old?.status?.size, new?.status?.size)
            (change.modeBefore, change.modeAfter) = (old?.status?.mode, new?.status?.mode)
            (change.sha256Before, change.sha256After) = (old?.sha256, new?.sha256)
            change.through = (new?.link ?? old?.link).map { PathText.path($0) }
            changes.append(change)
        }
        return (changes, notes)
    }

    // MARK: in baseline.json

    var json: JSONValue {
        func paths(_ list: [[UInt8]]) -> JSONValue { .array(list.map { BaselineRecord.pathObject($0) }) }
        let list = files.sorted { Bytes.precedes($0.key, $1.key) }.map { path, file -> JSONValue in
            var members = JSONObject()
            PathText.put(PathText.path(path), into: &members)
            file.status?.put(into: &members)
            members["sha256"] = JSONValue(file.sha256)
            if let link = file.link { members["through"] = BaselineRecord.pathObject(link) }
            return .object(members)
        }
        return [
            "targets": .array(
                places.targets.map { .array([BaselineRecord.pathObject($0.path), BaselineRecord.pathObject($0.link)]) }
            ), "repositories": paths(places.repositories), "hooks": paths(places.hooks), "files": .array(list),
        ]
    }

    init?(_ json: JSONValue) {
        func paths(_ name: String) -> [[UInt8]]? { json[name]?.array?.compactMap { PathText.bytes(from: $0) } }
        guard let repositories = paths("repositories"), let hooks = paths("hooks"),
            let targets = json["targets"]?.array, let list = json["files"]?.array
        else { return nil }
        places = Places(repositories: repositories, hooks: hooks)
        for target in targets {
            guard let path = target[0].flatMap({ PathText.bytes(from: $0) }),
                let link = target[1].flatMap({ PathText.bytes(from: $0) })
            else { return nil }
            places.targets.append((path, link))
        }
        for file in list {
            guard let path = PathText.bytes(from: file) else { return nil }
            files[path] = File(
                status: FileStatus(file), sha256: file["sha256"]?.string,
                link: file["through"].flatMap { PathText.bytes(from: $0) })
        }
    }
}
