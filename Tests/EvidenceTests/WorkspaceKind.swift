import SystemPackage

/// What a workspace can be. In each, an agent's work must be seen.
enum WorkspaceKind: String, Sendable, CaseIterable {
    case plain, git
    /// A repository before its first commit.
    case unborn
    case subdirectory
    /// A linked work tree.
    case worktree
    /// Reached through a symbolic link, with a name that is not UTF-8.
    case strangeName
    case plainStrangeName

    var isGit: Bool { self != .plain && self != .plainStrangeName }
    var hasCommit: Bool { isGit && self != .unborn }

    /// - Parameter setup: Makes the files that are there before the agent comes.
    func make(_ setup: String) throws -> TemporaryWorkspace {
        let commit = "git add -A && \(TemporaryWorkspace.commit) --allow-empty -m first"
        let rename = "mv work \"$(printf 'w\\377')\"; ln -s \"$(printf 'w\\377')\" work"
        switch self {
        case .plain: return try TemporaryWorkspace(setup)
        case .git: return try TemporaryWorkspace(git: true, setup)
        case .unborn:
            let place = try TemporaryWorkspace(setup)
            try place.shell("git init -q -b main .; git add -A")
            return place
        case .subdirectory:
            let place = try TemporaryWorkspace(setup)
            try place.shell("git init -q -b main ..; echo '/evidence' >../.gitignore; git add -A ..; \(commit)")
            return place
        case .worktree:
            let place = try TemporaryWorkspace()
            try place.shell(
                """
                mkdir main; cd main; git init -q -b main .
                \(setup)
                \(commit); cd ..; rmdir work; git -C main worktree add -q ../work -b side
                """, in: place.root)
            return place
        case .strangeName:
            let place = try TemporaryWorkspace(git: true, setup)
            try place.shell(rename, in: place.root)
            return place
        case .plainStrangeName:
            let place = try TemporaryWorkspace(setup)
            try place.shell(rename, in: place.root)
            return place
        }
    }
}
