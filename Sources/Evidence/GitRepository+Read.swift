import Git
import Glibc
import SystemPackage

extension GitRepository {
    /// Finds the repository around `workspace`, which is a real path, by reading its files: to start git twice takes longer
    /// than all else.
    ///
    /// - Returns: nil for what is not plain, or not as git makes it; then git has to be asked. Nothing is guessed.
    static func read(around workspace: FilePath, git: GitProgram) -> GitRepository? {
        guard let device = (try? Syscalls.status(workspace))?.device else { return nil }
        var top = workspace
        while !isTop(top) {
            guard top.removeLastComponent() else { return nil }
        }
        // git doesn't look beyond the filesystem, unless it is told to.
        guard (try? Syscalls.status(top))?.device == device, let directory = gitDirectory(of: top),
            !workspace.starts(with: directory)
        else { return nil }
        var common = directory
        if let text = line(directory.appending("commondir")) {
            guard let path = RealPath.of(directory.pushing(PathText.path(text))) else { return nil }
            common = path
        }
        guard (try? Syscalls.status(directory.appending("HEAD")))?.isRegular == true,
            (try? Syscalls.status(common.appending("objects")))?.kind == .directory,
            (try? Syscalls.status(common.appending("refs")))?.kind == .directory,
            let records = settings(directory, common, git), let format = objectFormat(records)
        else { return nil }
        let head = GitReferences.head(directory, common: common)
        let name = GitReferences.headName(directory)
        // A branch without a commit, or a name that could not be followed: git knows which.
        guard head != nil || name != nil && !isPacked(common) else { return nil }
        var repository = GitRepository(
            workspace: workspace, topLevel: top, gitDirectory: directory, objects: common.appending("objects"),
            index: directory.appending("index"), exclude: common.appending("info").appending("exclude"),
            attributes: common.appending("info").appending("attributes"), objectFormat: format,
            settings: GitSettings(list: records))
        repository.head = head
        if let name, name.hasPrefix("refs/heads/") { repository.branch = String(name.dropFirst("refs/heads/".count)) }
        return repository
    }

    /// `.git` itself, or where the file of that name says that it is.
    private static func gitDirectory(of top: FilePath) -> FilePath? {
        let marker = top.appending(".git")
        guard let status = try? Syscalls.status(marker) else { return nil }
        if status.kind == .directory { return marker }
        guard status.isRegular, let text = line(marker), text.starts(with: Array("gitdir: ".utf8)) else { return nil }
        return RealPath.of(top.pushing(PathText.path(text.dropFirst("gitdir: ".utf8.count))))
    }

    private static func isPacked(_ common: FilePath) -> Bool {
        (try? Syscalls.status(common.appending("packed-refs"))) != nil
    }

    private static func line(_ path: FilePath) -> [UInt8]? {
        guard let bytes = try? EvidenceFiles.read(path, limit: 8192), bytes.last == 0x0A,
            !bytes.dropLast().contains(0x0A)
        else { return nil }
        return bytes.dropLast()
    }

    /// All settings, those that count last.
    private static func settings(_ directory: FilePath, _ common: FilePath, _ git: GitProgram) -> [[UInt8]]? {
        guard let files = git.settingsFiles else { return nil }
        var records: [[UInt8]] = []
        for path in files + [common.appending("config")] {
            guard let found = settings(in: path) else { return nil }
            records += found
        }
        if value(of: "extensions.worktreeconfig", in: records) != nil {
            guard let found = settings(in: directory.appending("config.worktree")) else { return nil }
            records += found
        }
        return records
    }

    private static func settings(in path: FilePath) -> [[UInt8]]? {
        do throws(EvidenceError) {
            return GitConfigFile(try EvidenceFiles.read(path, limit: 1 << 20))?.records
        } catch {
            return error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory ? [] : nil
        }
    }

    /// nil too for a repository that is of a kind that only git understands.
    private static func objectFormat(_ records: [[UInt8]]) -> String? {
        let plain = ["0", "1"].contains(value(of: "core.repositoryformatversion", in: records) ?? "")
        let isBare = value(of: "core.bare", in: records) ?? "false"
        guard plain, isBare == "false", value(of: "core.worktree", in: records) == nil,
            value(of: "extensions.refstorage", in: records) == nil
        else { return nil }
        let format = value(of: "extensions.objectformat", in: records) ?? "sha1"
        return ["sha1", "sha256"].contains(format) ? format : nil
    }

    private static func value(of name: String, in records: [[UInt8]]) -> String? {
        let prefix = Array(name.utf8)
        guard
            let record = records.last(where: {
                $0.starts(with: prefix) && ($0.count == prefix.count || $0[prefix.count] == 0x0A)
            })
        else { return nil }
        return PathText.shown(record.dropFirst(prefix.count + 1))
    }
}
