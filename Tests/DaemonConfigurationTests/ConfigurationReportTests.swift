import JSON
import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationReportTests {
    @Test func report_saysWhereEachValueIsFrom() throws {
        let sandbox = try ConfigurationSandbox("ui:\n  port: 9001\ndatabase: x\nbus:\n  webhook_url: https://a/b\n")
        let configuration = try sandbox.load(.init(logLevel: "debug"), ["OPENLOOM_SPOOL": "/srv/spool"])
        let file = sandbox.file
        #expect(
            configuration.entry("server.port")
                == ConfigurationEntry(
                    key: "server.port", json: 9001, origin: .file(file, line: 2), note: "written as ui.port"))
        #expect(
            configuration.entry("log.level")
                == ConfigurationEntry(key: "log.level", json: "debug", origin: .flag("--log-level")))
        #expect(
            configuration.entry("spool.path")
                == ConfigurationEntry(key: "spool.path", json: "/srv/spool", origin: .environment("OPENLOOM_SPOOL")))
        #expect(
            configuration.entry("levels.storage.path")
                == ConfigurationEntry(key: "levels.storage.path", json: "/srv/spool/inbox", origin: .standard))
        #expect(
            configuration.entry("database")
                == ConfigurationEntry(
                    key: "database", json: "x", origin: .file(file, line: 3),
                    note: "has no meaning here: tasks are kept in the spool, not in a database"))
        #expect(
            configuration.entry("bus.webhook_url")
                == ConfigurationEntry(
                    key: "bus.webhook_url", json: "https://a/…", origin: .file(file, line: 5)))
        #expect(configuration.entry("opencode.password")?.value == "not set")
        #expect(configuration.entry("workspaces")?.value == "none")
    }

    @Test func report_leavesOutWhatHasNoEffect_unlessItWasGiven() throws {
        let keys = try ConfigurationSandbox().load().report().map(\.key)
        #expect(keys == ConfigurationKeys.all.filter { $0.use == .inForce }.map(\.name))
    }

    @Test func json_holdsTheReport() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 9001\n")
        let json = try sandbox.load(.init(host: "::1"), ["OPENLOOM_LOG_LEVEL": "error", "OPENLOOM_X": "1"]).json
        #expect(json["file"]?.string == sandbox.file.string)
        let settings = json["settings"]?.array ?? []
        func setting(_ key: String) -> JSONValue? { settings.first { $0["key"]?.string == key } }
        #expect(
            setting("server.port")
                == [
                    "key": "server.port", "value": 9001,
                    "origin": ["kind": "file", "path": .string(sandbox.file.string), "line": 2],
                ])
        #expect(setting("server.host")?["origin"] == ["kind": "flag", "name": "--host"])
        #expect(setting("log.level")?["origin"] == ["kind": "environment", "name": "OPENLOOM_LOG_LEVEL"])
        #expect(
            setting("opencode.password") == ["key": "opencode.password", "value": nil, "origin": ["kind": "default"]])
        #expect(json["warnings"]?.array?.count == 1)
        #expect(try JSONValue(parsing: json.pretty) == json)
    }

    @Test func defaults_areNotWarnedAbout_whenWrittenDown() throws {
        let sandbox = try ConfigurationSandbox(
            "opencode:\n  auto_start: false\nharness:\n  notify_recent_messages: 3\n")
        #expect(try sandbox.load().warnings.isEmpty)
    }
}
