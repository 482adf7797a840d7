import SystemPackage
import Testing

@testable import DaemonConfiguration

/// Settings that are right each by itself and wrong together.
@Suite struct ConfigurationCheckTests {
    @Test(arguments: [
        (
            "harness:\n  stall_seconds: 4000\n",
            "2: harness.stall_seconds: is 4000, but should be less than harness.timeout_seconds, which is 3600 "
                + "(default); change one of them"
        ),
        (
            "harness:\n  timeout_seconds: 300\n",
            "2: harness.timeout_seconds: is 300, but should be more than harness.stall_seconds, which is 600 "
                + "(default); change one of them"
        ),
        (
            "harness:\n  check_interval_seconds: 100\n  stall_seconds: 100\n",
            "3: harness.stall_seconds: is 100, but should be more than harness.check_interval_seconds, which is 100 "
                + "(HOME/.openloom/config.yaml:2); change one of them"
        ),
        (
            "harness:\n  start_timeout_seconds: 3600\n",
            "2: harness.start_timeout_seconds: is 3600, but should be less than harness.timeout_seconds, which is "
                + "3600 (default); change one of them"
        ),
        (
            "ui:\n  host: 0.0.0.0\n",
            "2: ui.host: 0.0.0.0 can be reached from other machines, and nothing asks them who they are; set "
                + "server.token_file, so that callers need a token; or use 127.0.0.1, ::1 or localhost, and a tunnel (ssh -L 8967:127.0.0.1:8967) from elsewhere"
        ),
        (
            "opencode_url: http://LOCALHOST:8967\n",
            "1: opencode_url: opencode.url, which is http://LOCALHOST:8967 (HOME/.openloom/config.yaml:1), is "
                + "openloom's own address: server.port, which is 8967 (default); change one of them"
        ),
        (
            "server:\n  port: 4096\n",
            "2: server.port: opencode.url, which is http://127.0.0.1:4096 (default), is openloom's own address: "
                + "server.port, which is 4096 (HOME/.openloom/config.yaml:2); change one of them"
        ),
        (
            "levels:\n  storage:\n    path: ~/.openloom\n",
            "3: levels.storage.path: the inbox HOME/.openloom and spool.path, which is HOME/.openloom/spool "
                + "(default) lie in each other; name a directory of its own, or leave it out for "
                + "HOME/.openloom/spool/inbox"
        ),
        (
            "levels:\n  storage:\n    path: ~/.openloom/spool/new\n",
            "3: levels.storage.path: the inbox HOME/.openloom/spool/new and spool.path, which is "
                + "HOME/.openloom/spool (default) lie in each other; name a directory of its own, or leave it out for "
                + "HOME/.openloom/spool/inbox"
        ),
        (
            "workspaces:\n  allow: [/srv/a]\n  ok: /srv/a/b\n  bad: /srv/ab\n",
            "4: workspaces.bad: /srv/ab lies in none of workspaces.allow, which is /srv/a "
                + "(HOME/.openloom/config.yaml:2); every task there would be rejected"
        ),
        (
            "workspaces:\n  allow: [/srv/a]\nlevels:\n  storage:\n    workspace: /tmp\n",
            "5: levels.storage.workspace: /tmp lies in none of workspaces.allow, which is /srv/a "
                + "(HOME/.openloom/config.yaml:2); every task there would be rejected"
        ),
    ])
    func contradiction_isExplained_namingBoth(yaml: String, message: String) throws {
        #expect(try ConfigurationSandbox(yaml).complaints() == [message])
    }

    @Test func contradictionOfVariables_namesThem() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(
            sandbox.complaints(["OPENLOOM_HARNESS_TIMEOUT_SECONDS": "20", "OPENLOOM_HARNESS_STALL_SECONDS": "40"]) == [
                "OPENLOOM_HARNESS_TIMEOUT_SECONDS: is 20, but should be more than harness.stall_seconds, which is 40 "
                    + "(OPENLOOM_HARNESS_STALL_SECONDS); change one of them",
                "OPENLOOM_HARNESS_TIMEOUT_SECONDS: is 20, but should be more than harness.start_timeout_seconds, "
                    + "which is 30 (default); change one of them",
            ])
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "localhost", "LocalHost", "::1", "[::1]"])
    func loopback_isAllowed(host: String) throws {
        _ = try ConfigurationSandbox().load(.init(host: host))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.1.example.com", "127.0.0", "1270.0.0.1"])
    func beyondLoopback_isRefused(host: String) throws {
        let sandbox = try ConfigurationSandbox()
        let complaint = sandbox.complaint(.init(host: host))
        #expect(complaint.contains("--host: \(host) can be reached from other machines"))
        #expect(complaint.contains("set server.token_file"))
    }

    @Test(arguments: ["0.0.0.0", "::", "example.com"])
    func beyondLoopback_isAllowed_withATokenFile(host: String) throws {
        let configuration = try ConfigurationSandbox("server: {token_file: token}").load(.init(host: host))
        #expect(configuration.server.host == host)
        #expect(configuration.server.tokenFile?.lastComponent == "token")
    }

    @Test func theGate_isInForce() throws {
        let sandbox = try ConfigurationSandbox(
            """
            server:
              allowed_hosts: [Loom.Example, 192.168.1.2, "[::2]"]
              allowed_origins: ["https://Board.example", "http://localhost:3000", "https://a.example:443"]
              socket: ~/api.sock
            """)
        let configuration = try sandbox.load()
        #expect(configuration.server.allowedHosts == ["loom.example", "192.168.1.2", "::2"])
        #expect(
            configuration.server.allowedOrigins == [
                "https://board.example", "http://localhost:3000", "https://a.example",
            ])
        #expect(configuration.server.socket == sandbox.home.appending("api.sock"))
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: ["*", "*.example", "a.example:8967", "http://a.example", "a/b", "::2"])
    func patternsAndPorts_areNoHostNames(name: String) throws {
        #expect(
            try ConfigurationSandbox("server: {allowed_hosts: [\"\(name)\"]}").complaints() == [
                "1: server.allowed_hosts.1: should be a host name or an address without a port, like openloom.example, "
                    + "but is \"\(name)\""
            ])
    }

    @Test(arguments: [
        "*", "null", "board.example", "https://*.example", "https://a.example/", "ftp://a.example", "https://",
    ])
    func patternsAndPaths_areNoOrigins(origin: String) throws {
        #expect(
            try ConfigurationSandbox("server: {allowed_origins: [\"\(origin)\"]}").complaints() == [
                "1: server.allowed_origins.1: should be an origin written out, like https://openloom.example or "
                    + "http://localhost:3000, but is \"\(origin)\""
            ])
    }

    @Test(arguments: [
        "~/elsewhere/inbox", "~/.openloom/spool/inbox", "~/.openloom/spool/inbox/sub", "~/.openloom/spool2",
    ])
    func inbox_mayLieAnywhereElse(path: String) throws {
        _ = try ConfigurationSandbox("levels: {storage: {path: \(path)}}").load()
    }

    @Test func anyFreePort_isNobodysAddress() throws {
        #expect(try ConfigurationSandbox().load(.init(port: 0)).server.port == 0)
    }
}
