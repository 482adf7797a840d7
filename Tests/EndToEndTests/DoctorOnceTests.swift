import Curl
import Glibc
import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// `openloom init` and `openloom doctor`, the built program in homes of their own.
@Suite(.timeLimit(.minutes(5))) struct DoctorOnceTests {
    private struct Home {
        let world: World
        let path: FilePath
        var environment: [String: String]

        init() throws {
            world = try World()
            path = world.root.appending("home")
            try Files.makeDirectory(path)
            chmod(path.string, 0o700)
            environment = World.environment(path)
            environment["OPENLOOM_OPENCODE_URL"] = world.agentURL
            // The standard port is not the tests'.
            environment["OPENLOOM_SERVER_PORT"] = "0"
        }

        var spool: FilePath { path.appending(".openloom/spool") }
        var configuration: FilePath { path.appending(".openloom/config.yaml") }

        func openloom(
            _ arguments: [String], _ more: [String: String] = [:], name: String
        ) throws -> (code: Int32?, output: String, errors: String) {
            let child = try Child(
                BuiltProgram.path, arguments, environment: environment.merging(more) { $1 }, directory: path, name: name
            )
            let code = child.waitForExit(within: World.patience)
            return (code, child.outputText, child.errorText)
        }

        /// The findings by the names of their checks, and the exit code.
        func doctor(_ arguments: [String] = [], name: String) throws -> (code: Int32?, checks: [String: [JSONValue]]) {
            let result = try openloom(["doctor", "--json"] + arguments, name: name)
            let findings = try JSONValue(parsing: result.output)["findings"]?.array ?? []
            return (result.code, Dictionary(grouping: findings) { $0["check"]?.string ?? "" })
        }
    }

    // MARK: doctor

    @Test func freshHome_isWell_andDoctorLeavesNothing() throws {
        let home = try Home()
        #expect(try home.openloom(["init"], name: "init").code == 0)
        func tree() -> Set<SpoolTree.Item> {
            var tree = SpoolTree()
            tree.look(home.path.appending(".openloom"))
            return tree.items
        }
        let before = tree()
        let (code, checks) = try home.doctor(name: "doctor")
        #expect(code == 0, "\(checks)")
        #expect(checks.values.joined().allSatisfy { $0["level"]?.string != "problem" }, "\(checks)")
        for name in ["configuration", "spool", "permissions", "operations", "opencode", "tasks", "daemon", "git"] {
            #expect(checks[name]?.first?["level"]?.string == "good", "\(name): \(checks[name] ?? [])")
        }
        #expect(tree() == before)
        let text = try home.openloom(["doctor"], name: "text")
        #expect(text.output.contains("ok       opencode"), "\(text.output)")
        #expect(text.errors == "")
    }

    @Test func eachThingThatIsBroken_isTold_withTheCommandThatMendsIt() throws {
        let home = try Home()
        #expect(try home.openloom(["init"], name: "init").code == 0)
        let closed = try BoundPort()
        try Files.write(
            """
            notify: {webhook: [{name: ci, url: "http://127.0.0.1:\(closed.number)/hook"}]}
            connectors: {share: {program: nowhere, inbox: in, workspace: \(home.path)}}
            workspaces: {site: ./gone}
            """, to: home.configuration)
        chmod(home.configuration.string, 0o666)
        chmod(home.spool.string, 0o755)
        try Files.write("goal: [\n", to: home.spool.appending("schedules/broken.yaml"))
        try Files.write("", to: home.spool.appending("pause"))
        home.world.killAgent()
        let (code, checks) = try home.doctor(name: "doctor")
        #expect(code == 1)
        func mend(_ check: String) -> String { checks[check]?.last?["mend"]?.string ?? "" }
        for (check, words) in [
            ("permissions", "chmod 700 \(home.spool)"), ("spool", "rm \(home.spool)/pause"),
            ("opencode", "opencode serve"), ("workspaces", "mkdir -p \(home.path)/.openloom/gone"),
            ("schedules", "edit \(home.spool)/schedules/broken.yaml"), ("webhooks", "start the receiver"),
        ] {
            #expect(mend(check).contains(words), "\(check): \(checks[check] ?? [])")
        }
        #expect(checks["connectors"]?.first?["message"]?.string?.contains("put the connector's program there") == true)
        #expect(checks["permissions"]?.first?["mend"]?.string == "chmod go-w \(home.configuration)")
        let text = try home.openloom(["doctor", "--only", "spool", "--only", "workspaces"], name: "text")
        #expect(text.code == 1 && text.output.contains("PROBLEM  workspaces"))
        #expect(text.output.contains("→ mkdir -p \(home.path)/.openloom/gone"), "\(text.output)")
        #expect(try home.openloom(["doctor", "--only", "spool"], name: "only").code == 0)
        #expect(try home.openloom(["doctor", "--only", "spool", "--strict"], name: "strict").code == 3)
    }

    @Test func configurationThatCantBeUsed_isAFinding_andUnknownChecksAreRefused() throws {
        let home = try Home()
        #expect(try home.openloom(["init"], name: "init").code == 0)
        try Files.write("server: {port: many}\n", to: home.configuration)
        let (code, checks) = try home.doctor(name: "doctor")
        #expect(code == 1)
        let first = checks["configuration"]?.first
        #expect(first?["level"]?.string == "problem")
        #expect(first?["message"]?.string?.contains("\(home.configuration):1: server.port: should be") == true)
        #expect(checks["configuration"]?.last?["level"]?.string == "skipped")
        #expect(try home.openloom(["doctor", "--only", "spol"], name: "unknown").code == 64)
    }

    /// Limits of the kernel that a shell can set, so that the real thing fails.
    @Test func writesAndFilesThatTheSystemRefuses_areTold() throws {
        let home = try Home()
        #expect(try home.openloom(["init"], name: "init").code == 0)
        func limited(_ limit: String, _ check: String, name: String) throws -> String {
            // What goes through the pipe is no file, and so not limited.
            let script = "(trap '' XFSZ; ulimit \(limit); exec \"$0\" doctor --only \(check)) 2>&1 | cat"
            let child = try Child(
                "/bin/sh", ["-c", script, BuiltProgram.path], environment: home.environment, directory: home.path,
                name: name)
            _ = child.waitForExit(within: World.patience)
            return child.outputText
        }
        let noBytes = try limited("-f 0", "operations", name: "size")
        #expect(
            noBytes.contains("PROBLEM  operations     write fails in \(home.spool)/tmp: File too large"), "\(noBytes)")
        #expect(Files.names(home.spool.appending("tmp")) == [])
        let fewFiles = try limited("-n 100", "limits", name: "files")
        #expect(fewFiles.contains("100 open files are allowed, and 4 tasks at once need 128"), "\(fewFiles)")
    }

    @Test func passwordThatIsMissingOrWrong_isTold_asOneOrTheOther() throws {
        let world = try World(wire: 2)
        let config = world.root.appending("config.yaml")
        try Files.write("opencode: {url: \"\(world.agentURL)\"}\n", to: config)
        func doctor(_ variables: [String: String], name: String) throws -> String {
            let child = try Child(
                BuiltProgram.path,
                ["doctor", "--only", "opencode", "--config", config.string, "--spool", world.spool.string],
                environment: World.environment(world.root).merging(variables) { $1 }, directory: world.root, name: name)
            _ = child.waitForExit(within: World.patience)
            return child.outputText
        }
        #expect(try doctor([:], name: "right").contains("password from OPENCODE_PASSWORD"))
        #expect(try doctor(["OPENCODE_PASSWORD": ""], name: "none").contains("it wants a password"))
        let wrong = try doctor(["OPENLOOM_OPENCODE_PASSWORD": "geheim"], name: "wrong")
        #expect(wrong.contains("wrong password (or user)") && !wrong.contains("geheim"), "\(wrong)")
    }

    @Test func doctorBesideADaemon_findsIt_andDoesNotDisturbIt() throws {
        let world = try World()
        try world.serve()
        let config = world.root.appending("other.yaml")
        try Files.write(
            "opencode: {url: \"\(world.agentURL)\"}\nserver: {port: \(world.port)}\n", to: config)
        let own = try world.openloom(["doctor", "--config", config.string])
        #expect(own.code == 0, "\(own.output)")
        #expect(own.output.contains("127.0.0.1:\(world.port) is our daemon's (pid "), "\(own.output)")
        #expect(own.output.contains("it runs: "))
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        _ = try world.wait(for: 1, in: .done)
        // Seen from another spool, the same daemon is a stranger.
        let elsewhere = try Child(
            BuiltProgram.path,
            ["doctor", "--only", "port", "--config", config.string, "--spool", world.root.appending("none").string],
            environment: World.environment(world.root), directory: world.root, name: "elsewhere")
        #expect(elsewhere.waitForExit(within: World.patience) == 1)
        #expect(elsewhere.outputText.contains("another openloom, on another spool"), "\(elsewhere.outputText)")
    }

    @Test func doctorThatIsKilled_leavesADirectory_whichTheNextOrTheDaemonRemoves() throws {
        let world = try World()
        try world.serve()
        #expect(world.stopDaemon() == 0)
        let config = world.root.appending("config.yaml").string
        func kill() throws {
            var environment = World.environment(world.root)
            environment["OPENLOOM_CRASH_AT"] = "probe.made"
            let killed = try Child(
                BuiltProgram.path,
                ["doctor", "--only", "operations", "--config", config], environment: environment,
                directory: world.root, name: "killed\(Files.names(world.root).count)")
            #expect(killed.waitForExit(within: World.patience) == 128 + SIGKILL)
            #expect(Files.names(world.spool.appending("tmp")).count == 1)
        }
        try kill()
        let next = try world.openloom(["doctor", "--only", "operations", "--config", config])
        #expect(next.output.contains("1 leftovers of earlier ones removed"), "\(next.output)")
        #expect(Files.names(world.spool.appending("tmp")) == [])
        try kill()
        try world.serve()
        #expect(Files.names(world.spool.appending("tmp")) == [] && Files.names(world.spool.appending("rejected")) == [])
    }

    @Test(arguments: [1, 2]) func modelThatNoServerHas_isTold_beforeATaskFailsForIt(_ wire: Int) async throws {
        let world = try World(wire: wire)
        try await world.setFaults(["models": ["acme/large", "acme/small"]])
        let workspace = try world.workspace()
        let config = world.root.appending("config.yaml")
        func doctor(_ model: String) throws -> (code: Int32, output: String, errors: String) {
            try Files.write(
                "opencode: {url: \"\(world.agentURL)\"}\nworkspaces: {site: {path: \(workspace), model: \(model)}}\n",
                to: config)
            return try world.openloom(["doctor", "--only", "models", "--config", config.string])
        }
        let good = try doctor("acme/small")
        #expect(good.code == 0 && good.output.contains("ok       models"), "\(good.output)")
        let bad = try doctor("acme/huge")
        #expect(bad.code == 1 && bad.output.contains("it has acme/large, acme/small"), "\(bad.output)")
        #expect(world.prompts.isEmpty)
    }

    @Test func connector_isWrittenTo_onlyWhenAsked() throws {
        let world = try World(connector: "")
        try Files.makeDirectory(world.remote.appending("out"))
        let config = world.root.appending("config.yaml")
        let keys = world.configuration + ["spool: {path: \(world.spool)}", "opencode: {url: \"\(world.agentURL)\"}"]
        try Files.write(keys.joined(separator: "\n") + "\n", to: config)
        let arguments = ["doctor", "--only", "connectors", "--config", config.string]
        let looked = try world.openloom(arguments)
        #expect(looked.code == 0 && looked.output.contains("0 files in in"), "\(looked.output)")
        let written = try world.openloom(arguments + ["--write"])
        #expect(written.output.contains("upload, download, move and delete work in out"), "\(written.output)")
        #expect(world.remoteNames("out") == [] && world.remoteNames("in") == [])
    }

    /// A person sees what is waited for, and then nothing of it; a pipe never does.
    @Test func terminal_isToldWhatIsLookedAt() throws {
        let home = try Home()
        #expect(try home.openloom(["init"], name: "init").code == 0)
        let child = try Child(
            "/usr/bin/script", ["-qec", "'\(BuiltProgram.path)' doctor --only git --only spool", "/dev/null"],
            environment: home.environment, directory: home.path, name: "terminal")
        #expect(child.waitForExit(within: World.patience) == 0, "\(child.errorText)")
        let text = child.outputText
        #expect(text.contains("\r\u{1B}[Klooking at spool, git …"), "\(text)")
        let rest = try #require(text.split(separator: "\u{1B}[K").last)
        #expect(rest.contains("ok") && !rest.contains("looking at"), "\(text)")
        #expect(!(try home.openloom(["doctor"], name: "pipe")).output.contains("looking at"))
    }

    // MARK: init

    @Test func initThatIsKilled_isGoneOnWith_andLeavesNothingElse() throws {
        let home = try Home()
        let killed = try home.openloom(["init"], ["OPENLOOM_CRASH_AT": "result.written"], name: "killed")
        #expect(killed.code == 128 + SIGKILL)
        #expect(!Files.exists(home.configuration))
        let again = try home.openloom(["init"], name: "again")
        #expect(again.code == 0 && again.output.contains("wrote the configuration"), "\(again.errors)")
        #expect(again.output.contains("openloom doctor") && again.output.contains("openloom serve"))
        #expect(Files.names(home.path.appending(".openloom")).sorted() == ["config.yaml", "spool"])
        #expect(try home.openloom(["config"], name: "config").code == 0)
    }

    @Test func initOverwritesNothing_whateverIsInItsPlace() throws {
        let home = try Home()
        try Files.makeDirectory(home.configuration)
        let directory = try home.openloom(["init"], name: "directory")
        #expect(directory.code == 1 && directory.errors.contains("is no file"), "\(directory.errors)")
        rmdir(home.configuration.string)
        symlink("/nowhere/at/all", home.configuration.string)
        let link = try home.openloom(["init"], name: "link")
        #expect(link.code == 1 && link.errors.contains("is a link that leads nowhere"), "\(link.errors)")
        #expect(!Files.exists("/nowhere"))
        unlink(home.configuration.string)
        // One of the older name is a configuration as well.
        try Files.write("server: {port: 4711}\n", to: home.path.appending(".openloom/config.yml"))
        let older = try home.openloom(["init"], name: "older")
        #expect(older.code == 0 && older.output.contains("there is a configuration already"), "\(older.errors)")
        #expect(!Files.exists(home.configuration))
        #expect(Files.text(home.path.appending(".openloom/config.yml")) == "server: {port: 4711}\n")
    }

    @Test func initsAtTheSameTime_makeOneOfEach() throws {
        let home = try Home()
        let children = try (0..<6).map { number in
            try Child(
                BuiltProgram.path, ["init"], environment: home.environment, directory: home.path,
                name: "child\(number)")
        }
        for child in children { #expect(child.waitForExit(within: World.patience) == 0, "\(child.errorText)") }
        let written = children.filter { $0.outputText.contains("wrote the configuration") }
        #expect(written.count == 1)
        #expect(Files.names(home.path.appending(".openloom")).sorted() == ["config.yaml", "spool"])
        #expect(try home.openloom(["config"], name: "config").code == 0)
    }
}

/// A port on which nobody listens, and which nobody else gets.
private final class BoundPort {
    let number: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let file = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard code else { throw Errno(rawValue: errno) }
        number = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
