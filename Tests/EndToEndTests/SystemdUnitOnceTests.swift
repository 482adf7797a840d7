import Glibc
import SystemPackage
import Testing

/// `contrib/openloom.service`.
@Suite(.timeLimit(.minutes(2))) struct SystemdUnitOnceTests {
    /// Section, key and value of each line.
    let settings: [(section: String, key: String, value: String)]

    init() throws {
        let path = LayoutDocument.checkout.appending("contrib/openloom.service")
        let text = try #require(Files.text(path))
        var section = ""
        var found: [(section: String, key: String, value: String)] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Child.Failure(description: "no setting: \(line)") }
            found.append((section, parts[0], parts[1]))
        }
        settings = found
    }

    private func value(_ section: String, _ key: String) -> String? {
        settings.first { $0.section == section && $0.key == key }?.value
    }

    @Test func settings_areSuchAsSystemdKnows() {
        let known: [String: Set<String>] = [
            "Unit": ["Description", "StartLimitIntervalSec", "StartLimitBurst"],
            "Service": [
                "Type", "ExecStart", "WorkingDirectory", "EnvironmentFile", "UMask", "Restart", "RestartSec",
                "RestartPreventExitStatus", "KillMode", "KillSignal", "TimeoutStopSec",
            ],
            "Install": ["WantedBy"],
        ]
        for setting in settings {
            #expect(known[setting.section]?.contains(setting.key) == true, "[\(setting.section)] \(setting.key)")
        }
        #expect(Set(settings.map { "\($0.section).\($0.key)" }).count == settings.count, "a setting is there twice")
        #expect(value("Service", "Restart") == "on-failure")
        // Only the daemon is asked to stop; what it has started is left to end.
        #expect(value("Service", "KillMode") == "process")
        #expect(value("Install", "WantedBy") == "default.target")
    }

    @Test func program_startsAndStops_asTheUnitSays() throws {
        let world = try World()
        let home = world.root
        let words = try #require(value("Service", "ExecStart")).split(separator: " ")
            .map { String($0).replacing("%h", with: home.string) }
        let program = try #require(words.first)
        try Files.makeDirectory(FilePath(program).removingLastComponent())
        guard symlink(BuiltProgram.path, program) == 0 else { throw Child.Failure(description: "no link \(program)") }
        let help = try world.openloom(["serve", "--help"]).output
        for option in words.dropFirst() where option.hasPrefix("-") {
            #expect(help.contains(option.prefix { $0 != "=" }), "openloom serve has no \(option)")
        }
        try Files.write(
            "server: {port: 0}\nopencode: {url: \"http://127.0.0.1:\(world.agentPort)\"}\n",
            to: home.appending(".openloom/config.yaml"))
        guard chmod(home.appending(".openloom/config.yaml").string, 0o600) == 0 else { return }

        let daemon = try Child(
            program, Array(words.dropFirst()), environment: World.environment(home), directory: home, name: "unit")
        let nodes = home.appending(".openloom/spool/nodes")
        try world.wait("the daemon is ready") { Files.names(nodes).contains { $0.hasSuffix(".json") } }
        #expect(value("Service", "KillSignal") == "SIGTERM")
        daemon.signal(SIGTERM)
        let patience = try #require(value("Service", "TimeoutStopSec").flatMap { Int($0) })
        #expect(daemon.waitForExit(within: .seconds(patience)) == 0, "\(daemon.errorText)")
    }

    @Test func wrongCommandLine_isNotTriedAgain() throws {
        let world = try World()
        let code = try world.openloom(["serve", "--no-such-option"]).code
        #expect(value("Service", "RestartPreventExitStatus") == String(code))
    }
}
