import Blocking
import Git
import Glibc
import JSON
import SystemPackage

/// The baseline of a workspace that git knows: a tree of its content, and what git could not take into it.
struct GitBaseline {
    var topLevel: FilePath
    var head: String?
    var branch: String?
    /// The tree object of the work tree as it was, in our own objects or the repository's.
    var tree: String
    /// Paths that differed from HEAD, staged or not.
    var dirty: [[UInt8]] = []
    var skipped: [GitSelection.Skipped] = []
    /// Repositories inside the workspace that its own does not know of.
    var nested: [[UInt8]] = []
    /// Repositories inside the workspace that its own knows of, by their commit.
    var submodules: [[UInt8]] = []

    private static let listed = 1000

    init(topLevel: FilePath, head: String?, branch: String?, tree: String) {
        self.topLevel = topLevel
        self.head = head
        self.branch = branch
        self.tree = tree
    }

    var json: JSONValue {
        func paths(_ list: [[UInt8]]) -> JSONValue { .array(list.map { BaselineRecord.pathObject($0) }) }
        return [
            "top_level": BaselineRecord.pathObject(PathText.bytes(topLevel)), "head": JSONValue(head),
            "branch": JSONValue(branch), "tree": .string(tree), "dirty_count": .int(dirty.count),
            "dirty": paths(Array(dirty.prefix(Self.listed))), "nested": paths(nested), "submodules": paths(submodules),
            "skipped": .array(skipped.map(Self.json)),
        ]
    }

    init?(_ json: JSONValue) {
        func paths(_ name: String) -> [[UInt8]] { json[name]?.array?.compactMap { PathText.bytes(from: $0) } ?? [] }
        guard let topLevel = json["top_level"].flatMap({ PathText.bytes(from: $0) }), let tree = json["tree"]?.string,
            [40, 64].contains(tree.utf8.count), tree.allSatisfy(\.isHexDigit), let skipped = json["skipped"]?.array
        else { return nil }
        self.init(
            topLevel: PathText.path(topLevel), head: json["head"]?.string, branch: json["branch"]?.string, tree: tree)
        self.skipped = skipped.compactMap(Self.skipped)
        guard self.skipped.count == skipped.count else { return nil }
        nested = paths("nested")
        submodules = paths("submodules")
    }

    private static func json(_ file: GitSelection.Skipped) -> JSONValue {
        var members = JSONObject()
        PathText.put(PathText.path(file.path), into: &members)
        members["reason"] = .string(file.reason)
        members["tracked"] = .bool(file.isTracked)
        members["mode"] = .int(Int(file.status.mode))
        members["size"] = .int(file.status.size)
        members["mtime_ns"] = .int(file.status.modified)
        members["ctime_ns"] = .int(file.status.changed)
        members["inode"] = .string(String(file.status.inode))
        members["device"] = .string(String(file.status.device))
        return .object(members)
    }

    private static func skipped(_ json: JSONValue) -> GitSelection.Skipped? {
        guard let path = PathText.bytes(from: json), let reason = json["reason"]?.string,
            let mode = json["mode"]?.int.flatMap({ UInt32(exactly: $0) }), let size = json["size"]?.int,
            let modified = json["mtime_ns"]?.int, let changed = json["ctime_ns"]?.int,
            let inode = json["inode"]?.string.flatMap({ UInt64($0) }),
            let device = json["device"]?.string.flatMap({ UInt64($0) }), let tracked = json["tracked"]?.bool
        else { return nil }
        let status = FileStatus(
            mode: mode, size: size, modified: modified, changed: changed, inode: inode, device: device)
        return GitSelection.Skipped(path: path, status: status, reason: reason, isTracked: tracked)
    }
}

extension GitBaseline {
    /// Takes the snapshot. The repository is not written to; a failure leaves only files of ours behind.
    ///
    /// - Parameter hidden: Paths from the workspace that are not to be seen.
    static func take(
        _ workspace: FilePath, files: EvidenceFiles, git: GitProgram, limits: EvidenceLimits, hiding hidden: [[UInt8]]
    ) async throws(GitFailure) -> (baseline: GitBaseline, notes: Notes) {
        let repository = try await GitRepository.find(around: workspace, git: git, limit: limits.listBytes)
        guard let prefix = Self.prefix(of: workspace, in: repository.topLevel) else {
            throw GitFailure(message: "the workspace is not below \(repository.topLevel)")
        }
        let shadow = GitShadow(
            directory: files.path(EvidenceFiles.repository), workspace: workspace, topLevel: repository.topLevel,
            git: git, limits: limits)
        do {
            try await BlockingPool.run { () throws(EvidenceError) in
                try shadow.create(for: repository, hiding: hidden.map { prefix + $0 })
            }
        } catch {
            throw GitFailure(message: "\(error)")
        }
        return try await snapshot(repository, shadow, isTop: prefix.isEmpty)
    }

    private static func snapshot(
        _ repository: GitRepository, _ shadow: GitShadow, isTop: Bool
    ) async throws(GitFailure) -> (baseline: GitBaseline, notes: Notes) {
        async let stagedAnswer = result { () async throws(GitFailure) in try await stagedPaths(repository, shadow) }
        async let ignoredAnswer = result { () async throws(GitFailure) in
            isTop ? false : try await shadow.run(["check-ignore", "-q", "."], accepted: [0, 1]).status == 0
        }
        let answer = try await shadow.run(GitListing.argumentsWithEntries)
        let entries = answer.records.compactMap { GitEntry($0) }
        var listing = GitListing(answer, hasEntries: true)
        if try await ignoredAnswer.get() { throw GitFailure(message: "the repository ignores the workspace") }
        let staged = try await stagedAnswer.get()
        let isRebuilt = try await rebuildIndex(entries, repository, shadow)
        if isRebuilt { listing = GitListing(try await shadow.run(GitListing.arguments)) }

        let selection = try await shadow.takeOver(listing.entries, into: GitShadow.baselineIndex)
        let isClean = staged.isEmpty && listing.entries.isEmpty && !isRebuilt
        var tree = isClean ? repository.headTree : nil
        if tree == nil {
            let answer = try await shadow.run(["write-tree", "--missing-ok"])
            tree = answer.text.split(separator: "\n").first.map { String($0) }
        }
        guard let tree else { throw GitFailure(message: "git write-tree answered nothing") }
        var baseline = GitBaseline(
            topLevel: repository.topLevel, head: repository.head, branch: repository.branch, tree: tree)
        baseline.dirty = Array(Set(staged).union(listing.entries.map(\.path))).sorted {
            $0.lexicographicallyPrecedes($1)
        }
        baseline.skipped = selection.skipped
        baseline.nested = listing.nested
        let submodules = Set(entries.filter { $0.mode == GitEntry.submodule }.map(\.path))
        baseline.submodules = submodules.sorted { $0.lexicographicallyPrecedes($1) }
        var notes = listing.notes
        for file in selection.skipped { notes.add("\(PathText.shown(file.path)): \(file.reason)") }
        return (baseline, notes)
    }

    private static func stagedPaths(
        _ repository: GitRepository, _ shadow: GitShadow
    ) async throws(GitFailure) -> [[UInt8]] {
        guard let head = repository.head else {
            // Before the first commit everything in the index is new; that it is not empty is all that matters.
            return try await shadow.run(["ls-files", "-z"]).records
        }
        return try await shadow.run(
            ["diff-index", "--cached", "--name-only", "--no-renames", "-z", "--relative", head, "--"]
        ).records
    }

    /// Makes the index forget what it knows of the files' times, so that git reads each of them, where the copied one
    /// would hide a change: entries that the user told git to overlook, and files whose entries stand for what a filter
    /// driver made of them, which we do not run.
    ///
    /// - Returns: Whether that was necessary.
    private static func rebuildIndex(
        _ entries: [GitEntry], _ repository: GitRepository, _ shadow: GitShadow
    ) async throws(GitFailure) -> Bool {
        var isNecessary = !entries.allSatisfy(\.isOrdinary)
        let filters = repository.settings.filters.sorted()
        if !isNecessary, !filters.isEmpty {
            let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            let isPlain = filters.allSatisfy { !$0.isEmpty && $0.allSatisfy(letters.contains) }
            let patterns = filters.map { ":(attr:filter=\($0))" }
            isNecessary = !isPlain
            if isPlain {
                isNecessary = try await !shadow.run(["ls-files", "-z", "--"] + patterns).output.isEmpty
            }
        }
        guard isNecessary else { return false }
        // All of the repository's entries, not only the workspace's: the tree is written from the whole index.
        let all = try await shadow.run(GitEntry.arguments + ["--full-name", "--", ":(top)"]).records.compactMap {
            GitEntry($0)
        }
        let index = shadow.directory.appending(GitShadow.baselineIndex)
        _ = index.withPlatformString { unlink($0) }
        let input = GitSelection.input(all.map(\.record))
        _ = try await shadow.run(["update-index", "-z", "--index-info"], input: input)
        return true
    }

    /// The workspace's path from the top of the work tree, with a slash at its end; empty for the top itself.
    private static func prefix(of workspace: FilePath, in topLevel: FilePath) -> [UInt8]? {
        var rest = workspace
        guard rest.removePrefix(topLevel) else { return nil }
        let bytes = PathText.bytes(rest)
        return bytes.isEmpty ? [] : bytes + [UInt8(ascii: "/")]
    }
}
