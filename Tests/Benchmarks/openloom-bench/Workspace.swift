import SystemPackage

/// A directory for agents to work in: twenty small files, in a git repository or not.
enum Workspace {
    static func make(_ path: FilePath, isRepository: Bool, home: FilePath) throws {
        try Disk.makeDirectory(path)
        for number in 1...20 {
            let text = String(repeating: "Line \(number) of a file that nobody touches.\n", count: 40)
            try Disk.write(text, to: path.appending("file\(number).txt"))
        }
        guard isRepository else { return }
        let identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        for command in [["init", "--quiet"], ["add", "."], identity + ["commit", "--quiet", "--message", "Begin"]] {
            let git = try Child(["git", "-C", path.string] + command, name: "git", home: home)
            guard git.wait() == 0 else { throw BenchFailure("git \(command) failed; is git installed?") }
        }
    }

    /// What an agent does: one file is new, or different.
    static func work(in path: FilePath, number: Int) throws {
        try Disk.write("Task \(number) was here.\n", to: path.appending("work.txt"))
    }
}
