import FoundationEssentials
import Glibc
import Spool
import SystemPackage
import Testing

/// `contrib/openloom-submit`: a shell and the contract suffice.
@Suite(.timeLimit(.minutes(5))) struct SubmitScriptOnceTests {
    static let script = LayoutDocument.checkout.appending("contrib/openloom-submit").string
    /// The shells that there are on this machine; `sh` is on all.
    static let shells = ["/bin/sh", "/bin/dash", "/bin/bash"].filter(isProgram)
    /// All that it may use, beside what every shell has built in.
    static let utilities = [
        "cat", "chmod", "cp", "cut", "date", "head", "mkdir", "mv", "od", "rm", "sed", "sync", "tail", "tr",
    ]

    private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// A spool without a daemon, and a PATH with those utilities and nothing else.
    final class Place {
        let root: FilePath
        let spool: FilePath
        private var runs = 0

        init() throws {
            var template = Array("/tmp/openloom-submit-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw Child.Failure(description: "no temporary directory") }
            root = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
            spool = root.appending("a spool")
            _ = try SpoolDirectory(initializing: spool)
            try Files.makeDirectory(root.appending("bin"))
            for name in utilities {
                let real = try #require(["/usr/bin/\(name)", "/bin/\(name)"].first(where: isProgram))
                guard symlink(real, root.appending("bin").appending(name).string) == 0 else {
                    throw Child.Failure(description: "no link to \(real)")
                }
            }
        }

        deinit { try? Files.remove(root) }

        func submit(
            _ arguments: [String], shell: String = "/bin/sh", spool: FilePath? = nil
        ) throws -> (code: Int32?, output: String, errors: String) {
            runs += 1
            let child = try Child(
                shell, [script, "--spool", (spool ?? self.spool).string] + arguments,
                environment: ["PATH": root.appending("bin").string, "HOME": root.string], directory: root,
                name: "run\(runs)")
            let code = child.waitForExit(within: World.patience)
            return (code, child.outputText, child.errorText)
        }

        func write(_ name: String, _ text: String) throws -> String {
            try Files.write(text, to: root.appending(name))
            return root.appending(name).string
        }

        var waiting: [String] { Files.names(spool.appending("new")) }
        var building: [String] { Files.names(spool.appending("tmp")) }

        func source(_ id: String) throws -> (name: String, text: String) {
            let directory = spool.appending("new").appending(id)
            let name = try #require(Files.names(directory).first)
            return (name, try #require(Files.text(directory.appending(name))))
        }
    }

    @Test(arguments: shells) func script_isSyntax(ofEvery shell: String) throws {
        let place = try Place()
        let child = try Child(shell, ["-n", Self.script], environment: [:], directory: place.root, name: "syntax")
        #expect(child.waitForExit(within: World.patience) == 0, "\(child.errorText)")
        #expect(access(Self.script, X_OK) == 0)
    }

    @Test(arguments: shells) func submitted_liesInNew_asItWas_underAnIDThatIsPrinted(shell: String) throws {
        let place = try Place()
        let text = "---\nworkspace: /srv\n---\n# Ä job\n\nwith $dollars and \\n\n"
        let file = try place.write("Fix the Login!.md", text)
        let result = try place.submit([file], shell: shell)
        #expect(result.code == 0, "\(result.errors)")
        let id = String(result.output.dropLast())
        #expect(place.waiting == [id])
        #expect(TaskID(id) != nil)
        #expect(id.wholeMatch(of: /[0-9]{8}T[0-9]{9}-[a-z0-9]{5}-fix-the-login/) != nil, "\(id)")
        #expect(try place.source(id) == ("source.md", text))
        #expect(place.building == [])
        var status = stat()
        lstat(place.spool.appending("new").appending(id).string, &status)
        #expect(status.st_mode & 0o777 == 0o700)
        lstat(place.spool.appending("new").appending(id).appending("source.md").string, &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func workspace_isPutWhereTheFormatHasIt() throws {
        let place = try Place()
        try Files.makeDirectory(place.root.appending("wo\"rk"))
        let work = Files.real(place.root).string + "/wo\\\"rk"
        func submit(_ name: String, _ text: String) throws -> (name: String, text: String) {
            let result = try place.submit(
                [try place.write(name, text), "--workspace", place.root.appending("wo\"rk").string])
            #expect(result.code == 0, "\(name): \(result.errors)")
            return try place.source(String(result.output.dropLast()))
        }
        #expect(try submit("a.md", "# A\n\nx\n") == ("source.md", "---\nworkspace: \"\(work)\"\n---\n# A\n\nx\n"))
        #expect(
            try submit("b.md", "---\nname: B\n---\nworkspace: in the body\n")
                == ("source.md", "---\nworkspace: \"\(work)\"\nname: B\n---\nworkspace: in the body\n"))
        #expect(try submit("c.yaml", "goal: x\n") == ("source.yaml", "workspace: \"\(work)\"\ngoal: x\n"))
        #expect(
            try submit("d.txt", "Just do it\n")
                == ("source.md", "---\nname: \"d\"\nworkspace: \"\(work)\"\n---\nJust do it\n"))
    }

    @Test(arguments: [
        ("a.md", "---\ncwd: /x\n---\ny\n"), ("b.yaml", "goal: x\nworkspace: /x\n"), ("c.json", "{}"),
    ])
    func workspace_isRefused_whereItWouldBeSaidTwiceOrNotAtAll(name: String, text: String) throws {
        let place = try Place()
        let result = try place.submit([try place.write(name, text), "--workspace", place.root.string])
        #expect(result.code == 1)
        #expect(result.errors.contains(name))
        #expect(place.waiting + place.building == [])
    }

    @Test func closedSpool_isRefused() throws {
        let place = try Place()
        try Files.write("", to: place.spool.appending("closed"))
        let result = try place.submit([try place.write("a.md", "x")])
        #expect(result.code == 1)
        #expect(result.errors.contains("closed"))
        #expect(place.waiting + place.building == [])
    }

    @Test(arguments: ["2\n", "", "1.5\n"]) func unknownVersion_isRefused(version: String) throws {
        let place = try Place()
        try Files.write(version, to: place.spool.appending("spool-version"))
        let result = try place.submit([try place.write("a.md", "x")])
        #expect(result.code == 1)
        #expect(result.errors.contains("version"))
        #expect(place.waiting + place.building == [])
    }

    @Test func whatIsNoSpool_isRefused() throws {
        let place = try Place()
        let file = try place.write("a.md", "x")
        #expect(try place.submit([file], spool: place.root).errors.contains("spool-version"))
        #expect(try place.submit([file], spool: place.root.appending("none")).errors.contains("openloom init"))
    }

    @Test(arguments: ["a.pdf", "noextension"]) func unknownFormat_isRefused(name: String) throws {
        let place = try Place()
        let result = try place.submit([try place.write(name, "x")])
        #expect(result.code == 1)
        #expect(result.errors.contains(".md .txt"))
        #expect(place.waiting + place.building == [])
    }

    @Test(arguments: [[], ["--bogus"], ["a.md", "b.md"], ["a.md", "--workspace"]])
    func wrongCommandLine_is64(arguments: [String]) throws {
        #expect(try Place().submit(arguments).code == 64)
    }

    @Test func help_isPrinted() throws {
        let result = try Place().submit(["--help"])
        #expect(result.code == 0)
        for word in ["FILE", "--spool", "--workspace"] { #expect(result.output.contains(word)) }
    }

    @Test func submittedTask_isDone_byARealDaemon() throws {
        let world = try World()
        try world.serve()
        let file = world.root.appending("Job.txt")
        try Files.write("sim: write scripted.txt x\n", to: file)
        let workspace = try world.workspace()
        let id = try world.inSpool("'\(Self.script)' --spool=. --workspace='\(workspace)' '\(file)'")
        #expect(try world.wait(for: 1, in: .done).map { "\($0)\n" } == [id])
        #expect(Files.text(workspace.appending("scripted.txt")) == "x\n")
    }
}
