import Glibc
import SystemPackage
import Testing

@testable import OpenCodeHost

@Suite struct ProgramSearchTests {
    @Test func find_takesPATHFirst_thenWhereInstallersPutIt() throws {
        let home = try TemporaryHome(programs: [".opencode/bin/tool", ".bun/bin/tool", "path/tool", "path/other"])
        #expect(try home.find("tool", path: "\(home.root)/path") == home.root.appending("path/tool"))
        #expect(try home.find("tool", path: "/nowhere") == home.root.appending(".opencode/bin/tool"))
        #expect(try home.find("tool", path: nil) == home.root.appending(".opencode/bin/tool"))
    }

    @Test func find_leavesOutRelativeDirectoriesAndWhatIsNoProgram() throws {
        let home = try TemporaryHome(programs: [".local/bin/tool"])
        mkdir("\(home.root)/path", 0o700)
        mkdir("\(home.root)/path/tool", 0o700)
        #expect(try home.find("tool", path: "path::.:\(home.root)/path") == home.root.appending(".local/bin/tool"))
    }

    @Test func find_takesAnAbsolutePathAsItIs() throws {
        let home = try TemporaryHome(programs: ["path/tool"])
        #expect(try home.find("\(home.root)/path/tool", path: nil) == home.root.appending("path/tool"))
        #expect(throws: ServerHostError.programNotFound(command: "/nowhere/tool", directories: ["/nowhere"])) {
            try home.find("/nowhere/tool", path: "\(home.root)/path")
        }
    }

    @Test(arguments: ["", "bin/tool", "~/tool"])
    func find_refusesACommandThatIsNeitherNameNorPath(command: String) throws {
        let home = try TemporaryHome(programs: [])
        let error = #expect(throws: ServerHostError.self) { try home.find(command, path: nil) }
        guard case .invalidSetting(let text) = try #require(error) else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(text.contains("opencode.command"))
    }
}

/// A home with programs in it, removed at the end.
private final class TemporaryHome {
    let root: FilePath

    init(programs: [String]) throws {
        var template = Array("/tmp/openloom-search-XXXXXX".utf8CString)
        guard let name = mkdtemp(&template) else { throw Errno(rawValue: errno) }
        root = FilePath(String(cString: name))
        for program in programs {
            let path = root.appending(program)
            var parents: [FilePath] = []
            var parent = path.removingLastComponent()
            while parent != root {
                parents.append(parent)
                parent = parent.removingLastComponent()
            }
            for parent in parents.reversed() { mkdir(parent.string, 0o700) }
            try write("#!/bin/sh\n", to: path, mode: 0o755)
        }
    }

    deinit {
        if let pid = try? run(["rm", "-r", "-f", root.string]) { waitpid(pid, nil, 0) }
    }

    func find(_ command: String, path: String?) throws(ServerHostError) -> FilePath {
        try ProgramSearch.find(command, environment: path.map { ["PATH": $0] } ?? [:], home: root)
    }
}
