import SystemPackage
import Testing

@testable import DaemonConfiguration

/// The words that a person gets for a mistake.
@Suite struct ConfigurationMessageTests {
    @Test func everyProblem_isReportedAtOnce_inTheOrderOfLines() throws {
        let sandbox = try ConfigurationSandbox(
            """
            opencode:
              url: ftp://example.com
              usrname: me
            sever:
              port: 80
            server: 8967
            harness:
              max_running: 0
              idle_completes_task: maybe
              stall_seconds: [1]
              permissions:
                bash: sometimes
                edit: {a: b}
            limits:
              file_bytes: 10 elephants
            spool:
              watch: fanotify
              path:
            port: 80
            """)
        #expect(
            sandbox.complaint() == """
                the configuration has 13 problems:
                  HOME/.openloom/config.yaml:2: opencode.url: should be an http:// or https:// URL, in ASCII and without spaces
                  HOME/.openloom/config.yaml:3: opencode.usrname: unknown key; did you mean opencode.username?
                  HOME/.openloom/config.yaml:4: sever: unknown key; did you mean server?
                  HOME/.openloom/config.yaml:6: server: should be a section, with its keys indented below it, but is "8967"
                  HOME/.openloom/config.yaml:8: harness.max_running: should be a whole number from 1 to 1000, but is "0"
                  HOME/.openloom/config.yaml:9: harness.idle_completes_task: should be true or false, but is "maybe"
                  HOME/.openloom/config.yaml:10: harness.stall_seconds: should be a number of seconds from 0.1 to 604800, but is a list
                  HOME/.openloom/config.yaml:12: harness.permissions.bash: should be one of allow, ask, deny, but is "sometimes"
                  HOME/.openloom/config.yaml:13: harness.permissions.edit: should be one of allow, ask, deny, but is a mapping
                  HOME/.openloom/config.yaml:15: limits.file_bytes: should be a number of bytes from 1 to 1073741824, like 1048576 or 10 MiB, but is "10 elephants"
                  HOME/.openloom/config.yaml:17: spool.watch: should be one of auto, inotify, timer, but is "fanotify"
                  HOME/.openloom/config.yaml:18: spool.path: has no value; it should be a path, or remove the line
                  HOME/.openloom/config.yaml:19: port: unknown key; did you mean server.port?
                """)
    }

    @Test(arguments: [
        ("opencode: {passwort_file: x}", "opencode.passwort_file: unknown key; did you mean opencode.password_file?"),
        (
            "levels: {storage: {pol_interval_s: 1}}",
            "levels.storage.pol_interval_s: unknown key; did you mean "
                + "levels.storage.poll_interval_s?"
        ),
        ("harnes: {max_running: 1}", "harnes: unknown key; did you mean harness?"),
        ("zzzzzzzz: 1", "zzzzzzzz: unknown key; openloom config shows those that there are"),
        ("\"\": 1", ": unknown key; openloom config shows those that there are"),
        ("storage: {paths: {inbx: a}}", "storage.paths.inbx: unknown key; did you mean storage.paths.inbox?"),
        ("workspaces: [a]", "workspaces: should be a mapping of projects to directories, but is a list"),
        (
            "workspaces: {a/b: /c}",
            "workspaces.a/b: should be the name of a folder in the inbox: no slash, and no dot in "
                + "front"
        ),
        (
            "workspaces: {..: /c}",
            "workspaces...: should be the name of a folder in the inbox: no slash, and no dot in "
                + "front"
        ),
        (
            "workspaces: {a: {path: /c, verfy: []}}",
            "workspaces.a.verfy: unknown key; known are path, model, agent, variant, verify"
        ),
        (
            "workspaces: {a: {path: /c, model: big}}",
            "workspaces.a.model: should be a model, written PROVIDER/MODEL, but is \"big\""
        ),
        ("opencode: {model: big}", "opencode.model: should be a model, written PROVIDER/MODEL, but is \"big\""),
        ("opencode: {servers: [{}]}", "opencode.servers.1: has no url"),
        (
            "opencode: {servers: [{url: \"http://a\", workspace: [/b]}]}",
            "opencode.servers.1.workspace: unknown key; did you mean workspaces?"
        ),
        (
            "opencode: {servers: [{url: \"http://a\"}, {url: \"http://a/\"}]}",
            "opencode.servers.2: names http://a a second time"
        ),
        (
            "opencode: {servers: [{url: \"http://a\", max_running: 0}]}",
            "opencode.servers.1.max_running: should be a whole number from 1 to 1000, but is \"0\""
        ),
        (
            "opencode: {servers: [{url: \"http://a\", workspaces: []}]}",
            "opencode.servers.1.workspaces: names no directory; name one, or remove it for every workspace"
        ),
        ("workspaces: {a: {}}", "workspaces.a: has no path"),
        (
            "workspaces: {allow: []}",
            "workspaces.allow: names no directory; name one, or remove it to allow every "
                + "workspace"
        ),
        (
            "workspaces: {allow: }",
            "workspaces.allow: has no value; it should be a list of directories, or remove the "
                + "line"
        ),
        ("workspaces: {allow: [[]]}", "workspaces.allow.1: should be a path, but is a list"),
        ("opencode: {username: \"a:b\"}", "opencode.username: should be a name without a colon, but is \"a:b\""),
        ("opencode: {username: \"\"}", "opencode.username: should be a name without a colon, but is empty"),
        ("server: {host: \"a b\"}", "server.host: should be a host name or an address, like 127.0.0.1, but is \"a b\""),
        (
            "spool: {path: ~you/x}",
            "spool.path: \"~you/x\": only ~/ is known, not the home of another user; write it out"
        ),
        ("spool: {path: \"a\\0b\"}", "spool.path: should be a path, but is \"a b\""),
        ("notify: {webhook: {url: x}}", "notify.webhook: should be a list of webhooks, but is a mapping"),
        (
            "notify: {webhook: [{events: [TASK_DONE]}]}",
            "notify.webhook.1.events.1: should be one of *, TASK_CREATED, TASK_STARTED, TASK_UPDATED, TASK_COMPLETED, "
                + "TASK_FAILED, but is \"TASK_DONE\""
        ),
        (
            "notify: {webhook: [{url: \"http://a\", max_retires: 1}]}",
            "notify.webhook.1.max_retires: unknown key; did you mean max_retries?"
        ),
        (
            "bus: {webhook_url: \"javascript:alert(1)\"}",
            "bus.webhook_url: should be an http:// or https:// URL, in ASCII and without spaces"
        ),
        ("limits: {docx_ratio: 1.5}", "limits.docx_ratio: should be a whole number from 1 to 10000, but is \"1.5\""),
        (
            "harness: {timeout_seconds: .nan}",
            "harness.timeout_seconds: should be a number of seconds from 0.1 to 2592000, but is \".nan\""
        ),
        (
            "limits: {file_bytes: 9999999999 GiB}",
            "limits.file_bytes: should be a number of bytes from 1 to 1073741824, like 1048576 or 10 MiB, but is "
                + "\"9999999999 GiB\""
        ),
        (
            "log: {level: \"\\e[31mred\\e[0m\"}",
            "log.level: should be one of trace, debug, info, notice, warning, error, critical, but is \" [31mred [0m\""
        ),
    ])
    func mistake_isExplained(yaml: String, message: String) throws {
        let complaints = try ConfigurationSandbox(yaml).complaints()
        #expect(complaints.contains("1: \(message)"), "\(complaints)")
    }

    @Test(arguments: [
        (
            "http://me:secret@example.com:4096",
            "should hold no user or password: it ends up in logs; for OpenCode, set "
                + "OPENLOOM_OPENCODE_USERNAME and OPENLOOM_OPENCODE_PASSWORD"
        ),
        ("http://", "should be an http:// or https:// URL with a host"),
        ("http://:80", "should be an http:// or https:// URL with a host"),
        ("http://[::1", "should be an http:// or https:// URL with a host"),
        ("http://a\\@b", "should be an http:// or https:// URL with a host"),
        ("http://a:0", "should be an http:// or https:// URL with a port from 1 to 65535"),
        ("http://a:99999", "should be an http:// or https:// URL with a port from 1 to 65535"),
        ("http://a:", "should be an http:// or https:// URL with a port from 1 to 65535"),
        ("http://a/?token=secret", "should be an http:// or https:// URL without a query or fragment"),
        ("http://a b", "should be an http:// or https:// URL, in ASCII and without spaces"),
        ("127.0.0.1:4096", "should be an http:// or https:// URL, in ASCII and without spaces"),
    ])
    func url_isChecked_andNeverQuoted(url: String, message: String) throws {
        let sandbox = try ConfigurationSandbox()
        #expect(sandbox.complaints(["OPENLOOM_OPENCODE_URL": url]) == ["OPENLOOM_OPENCODE_URL: \(message)"])
    }

    @Test(arguments: [
        ("port", "server.port"), ("servr.port", "server.port"), ("server.prot", "server.port"),
        ("OPENCODE.URL", "opencode.url"),
    ])
    func nearestName_isFound(text: String, name: String) {
        #expect(NearestName.find(text, in: ["opencode.url", "server.host", "server.port", "ui.port"]) == name)
    }

    @Test func nearestName_isNotForcedOnSomethingElse() {
        #expect(NearestName.find("weather", in: ["ui", "bus", "server", "database"]) == nil)
        #expect(NearestName.find("xy", in: ["ui"]) == nil)
    }
}
