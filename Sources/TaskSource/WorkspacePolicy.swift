import Glibc
package import SystemPackage

/// Which directories tasks may work in, and which one is meant when a task names none.
package struct WorkspacePolicy: Sendable {
    /// `levels.storage.workspace`.
    package var defaultWorkspace: FilePath?
    /// `workspaces`: by the name of the inbox's subfolder.
    package var projects: [String: FilePath]
    /// `workspaces.allow`: a workspace must be one of these or lie inside of one; empty allows every directory.
    package var allow: [FilePath]
    /// What `~` stands for.
    package var home: FilePath?

    package init(
        defaultWorkspace: FilePath? = nil, projects: [String: FilePath] = [:], allow: [FilePath] = [],
        home: FilePath? = WorkspacePolicy.homeOfThisProcess
    ) {
        self.defaultWorkspace = defaultWorkspace
        self.projects = projects
        self.allow = allow
        self.home = home
    }

    /// `$HOME`, if it is an absolute path.
    package static var homeOfThisProcess: FilePath? {
        guard let value = getenv("HOME") else { return nil }
        let home = FilePath(String(cString: value))
        return home.isAbsolute ? home : nil
    }
}

extension WorkspacePolicy {
    /// Why no task may work in a directory, and how to mend it; nil if one may.
    package func refusal(of path: FilePath) -> String? {
        do {
            _ = try resolve(path.string)
            return nil
        } catch {
            return error.message
        }
    }

    /// Why a path is no workspace, and how to mend it.
    struct Problem: Error {
        var message: String
        /// Whether the path could be one, and nothing is there, or what is there may not be used.
        var isCircumstance = false
    }

    private static func circumstance(_ message: String) -> Problem { Problem(message: message, isCircumstance: true) }

    /// The directory that a path means: absolute, without symbolic links, there, and allowed.
    func resolve(_ text: String) throws(Problem) -> FilePath {
        let shown = Quoting.text(text)
        guard !text.isEmpty, text.utf8.count < Int(PATH_MAX), !Characters.hasControl(text) else {
            throw Problem(message: "\(shown) is no path of a directory; give an absolute path")
        }
        let path = try expanded(text)
        guard path.isAbsolute else {
            throw Problem(message: "\(shown) is not absolute; begin it with / or ~/")
        }
        let real = try realPath(path, shown: shown)
        guard isAllowed(real) else {
            throw Self.circumstance(
                "\(shown) is outside of the directories that workspaces.allow names; "
                    + "use one inside, or add it to workspaces.allow in the configuration"
            )
        }
        return real
    }

    /// The directory that a path means, without symbolic links; nil if no task may work there.
    package func workspace(_ text: String) -> FilePath? { try? resolve(text) }

    /// Why no task may work there, and how to mend it; nil if one may.
    package func objection(to text: String) -> String? {
        do {
            _ = try resolve(text)
            return nil
        } catch {
            return error.message
        }
    }

    private func expanded(_ text: String) throws(Problem) -> FilePath {
        // By bytes: a slash and a mark after it are one character.
        guard text.utf8.first == UInt8(ascii: "~") else { return FilePath(text) }
        guard text == "~" || text.utf8.starts(with: "~/".utf8) else {
            throw Problem(message: "\(Quoting.text(text)): only ~/ is known, not ~NAME; give an absolute path")
        }
        guard let home else {
            throw Problem(message: "\(Quoting.text(text)): the daemon has no HOME; give an absolute path")
        }
        var path = home
        path.append(String(Substring(text.utf8.dropFirst(2))))
        return path
    }

    private func realPath(_ path: FilePath, shown: String) throws(Problem) -> FilePath {
        guard let resolved = realpath(path.string, nil) else {
            switch errno {
            case ENOENT: throw Self.circumstance("\(shown) does not exist; create the directory, or correct the path")
            case ENOTDIR:
                throw Self.circumstance("\(shown) leads through something that is no directory; correct the path")
            case let code: throw Self.circumstance("\(shown) can't be reached: \(String(cString: strerror(code)))")
            }
        }
        defer { free(resolved) }
        guard let real = String(validatingCString: resolved) else {
            throw Self.circumstance("\(shown) leads to a path that is not UTF-8; rename the directory")
        }
        var status = stat()
        guard stat(real, &status) == 0 else {
            throw Self.circumstance("\(shown) can't be reached: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Self.circumstance("\(shown) is not a directory; give the directory to work in")
        }
        return FilePath(real)
    }

    /// Compares whole components of resolved paths: `/srv/app` allows `/srv/app/x`, not `/srv/app-evil`.
    package func isAllowed(_ real: FilePath) -> Bool {
        if allow.isEmpty { return true }
        return allow.contains { root in
            guard let path = try? expanded(root.string), path.isAbsolute, let resolved = realpath(path.string, nil)
            else {
                return false
            }
            defer { free(resolved) }
            return real.starts(with: FilePath(String(cString: resolved)))
        }
    }
}
