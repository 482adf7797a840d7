import Glibc
package import SystemPackage

/// Finds the program that `opencode.command` names.
package enum ProgramSearch {
    /// Where installers put OpenCode without telling PATH, relative to the home.
    private static let homeDirectories = [".opencode/bin", ".local/bin", ".bun/bin"]

    /// The program's absolute path: an absolute command itself, else the first of that name on PATH, then where
    /// OpenCode's installers put it.
    ///
    /// Relative entries of PATH are left out: they would mean another place in the server's working directory.
    package static func find(
        _ command: String, environment: [String: String], home: FilePath
    ) throws(ServerHostError) -> FilePath {
        guard !command.isEmpty, !command.utf8.contains(0) else {
            throw .invalidSetting("opencode.command is empty: give the program's name or absolute path")
        }
        if command.hasPrefix("/") {
            let path = FilePath(command)
            guard isProgram(path) else {
                throw .programNotFound(command: command, directories: [path.removingLastComponent().string])
            }
            return path
        }
        guard !command.contains("/") else {
            throw .invalidSetting("opencode.command is \(command): give a name without a slash, or an absolute path")
        }
        var directories: [FilePath] = []
        let path = (environment["PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
        let others = homeDirectories.map { home.appending($0) } + ["/usr/local/bin"]
        for directory in path + others where directory.isAbsolute && !directories.contains(directory) {
            directories.append(directory)
        }
        for directory in directories {
            let candidate = directory.appending(command)
            if isProgram(candidate) { return candidate }
        }
        throw .programNotFound(command: command, directories: directories.map(\.string))
    }

    private static func isProgram(_ path: FilePath) -> Bool {
        path.withPlatformString { name in
            var status = stat()
            return stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(name, X_OK) == 0
        }
    }
}
