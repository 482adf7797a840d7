import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationEnvironmentTests {
    @Test(arguments: [
        ("OPENLOOM_OPENCODE_URL", "http://a:1", "opencode.url", "http://a:1"),
        ("OPENLOOM_OPENCODE_USERNAME", "me", "opencode.username", "me"),
        ("OPENLOOM_UI_HOST", "::1", "server.host", "::1"),
        ("OPENLOOM_SERVER_HOST", "[::1]", "server.host", "::1"),
        ("OPENLOOM_UI_PORT", "9000", "server.port", "9000"),
        ("OPENLOOM_SERVER_PORT", " 9000 ", "server.port", "9000"),
        ("OPENLOOM_SPOOL", "/srv/spool", "spool.path", "/srv/spool"),
        ("OPENLOOM_SPOOL_PATH", "/srv/spool", "spool.path", "/srv/spool"),
        ("OPENLOOM_IDLE_COMPLETES_TASK", "off", "harness.idle_completes_task", "false"),
        ("OPENLOOM_NOTIFY_RECENT_MESSAGES", "7", "harness.notify_recent_messages", "7"),
        ("OPENLOOM_OPENCODE_AUTO_START", "TRUE", "opencode.auto_start", "true"),
        ("OPENLOOM_DATABASE", "x.sqlite3", "database", "x.sqlite3"),
        ("OPENLOOM_CHECK_INTERVAL_SECONDS", "12.5", "harness.check_interval_seconds", "12.5"),
        ("OPENLOOM_LEVELS_STORAGE_PATH", "/srv/in", "levels.storage.path", "/srv/in"),
        ("OPENLOOM_STORAGE_INBOX", "/srv/in", "levels.storage.path", "/srv/in"),
        ("OPENLOOM_WORKSPACES", "{a: /srv/a, b: /srv/b}", "workspaces", "a: /srv/a, b: /srv/b"),
        ("OPENLOOM_WORKSPACES_ALLOW", "/srv/a, /srv/b", "workspaces.allow", "/srv/a, /srv/b"),
        ("OPENLOOM_WORKSPACES_ALLOW", "[\"/srv/a,b\"]", "workspaces.allow", "/srv/a,b"),
        ("OPENLOOM_HARNESS_PERMISSIONS", "deny", "harness.permissions", "deny"),
        (
            "OPENLOOM_HARNESS_PERMISSIONS", "{\"*\": \"ask\"}", "harness.permissions",
            "*: ask, doom_loop: ask, external_directory: ask"
        ),
        ("OPENLOOM_LIMITS_FILE_BYTES", "2KiB", "limits.file_bytes", "2048"),
        ("OPENLOOM_LOG_LEVEL", "Debug", "log.level", "debug"),
        ("OPENLOOM_NOTIFY_WEBHOOK_URLS", "https://a/x,https://b/y", "notify.webhook.urls", "https://a/…, https://b/…"),
        (
            "OPENLOOM_NOTIFY_WEBHOOK_EVENTS", "TASK_FAILED,TASK_CREATED", "notify.webhook.events",
            "TASK_FAILED, TASK_CREATED"
        ),
        ("OPENLOOM_NOTIFY_WEBHOOK_SECRET", "s", "notify.webhook.secret", "set"),
        ("OPENLOOM_NOTIFY_WEBHOOK_MAX_RETRIES", "0", "notify.webhook.max_retries", "0"),
    ])
    func variable_isRead(name: String, text: String, key: String, value: String) throws {
        let entry = try ConfigurationSandbox().load(.init(), [name: text]).entry(key)
        #expect(entry?.value == value)
        #expect(entry?.origin == .environment(name))
    }

    @Test func everyKey_hasAVariable_andNoVariableMeansTwoKeys() {
        var owners: [String: String] = [:]
        for key in ConfigurationKeys.all {
            #expect(key.spellings.contains { !$0.variables.isEmpty })
            for variable in Set(key.spellings.flatMap(\.variables)) {
                #expect(owners.updateValue(key.name, forKey: variable) == nil, "\(variable)")
            }
        }
    }

    @Test func emptyVariable_countsAsNotSet() throws {
        let sandbox = try ConfigurationSandbox()
        let configuration = try sandbox.load(
            .init(), ["OPENLOOM_UI_PORT": "", "OPENLOOM_CONFIG": "", "OPENLOOM_OPENCODE_PASSWORD": ""])
        #expect(configuration.server.port == 8967)
        #expect(configuration.opencode.password == nil)
    }

    @Test func unknownVariable_isAWarningWithTheNearest() throws {
        let sandbox = try ConfigurationSandbox()
        let warnings = try sandbox.load(
            .init(),
            [
                "OPENLOOM_OPENCODE_PASWORD": "hunter2", "OPENLOOM_CRASH_AT": "claim", "OPENCODE_X": "1",
                "OPENLOOM_QQQQQQQQQQQQQQQQ": "1", "OPENLOOM_VERBOSE": "1",
            ]
        ).warnings
        #expect(
            warnings == [
                "\"OPENLOOM_OPENCODE_PASWORD\" is not known and not read; did you mean OPENLOOM_OPENCODE_PASSWORD?",
                "\"OPENLOOM_QQQQQQQQQQQQQQQQ\" is not known and not read",
                "OPENLOOM_VERBOSE has no meaning here; set OPENLOOM_LOG_LEVEL=debug",
            ])
    }

    @Test func brokenYAMLInAVariable_isNamed() throws {
        let sandbox = try ConfigurationSandbox()
        let complaints = sandbox.complaints(["OPENLOOM_WORKSPACES": "{a: /b"])
        #expect(
            complaints == [
                "OPENLOOM_WORKSPACES: line 2, column 1: did not find expected ',' or '}' while parsing a flow mapping "
                    + "that began at line 1, column 1"
            ])
    }

    @Test func memberOfAVariable_isNamed() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(
            sandbox.complaints(["OPENLOOM_WORKSPACES": "{a: [1]}"]) == [
                "OPENLOOM_WORKSPACES: a: should be the path of a directory, but is a list"
            ])
    }

    @Test func webhooksOfTheEnvironment_joinThoseOfTheFile() throws {
        let sandbox = try ConfigurationSandbox("notify:\n  webhook:\n    - url: https://a/x\n      max_retries: 9\n")
        let webhooks = try sandbox.load(
            .init(),
            [
                "OPENLOOM_NOTIFY_WEBHOOK_URLS": "https://a/x,https://b/y", "OPENLOOM_NOTIFY_WEBHOOK_SECRET": "s",
                "OPENLOOM_NOTIFY_WEBHOOK_EVENTS": "TASK_FAILED",
            ]
        ).webhooks.endpoints
        #expect(
            webhooks == [
                ConfigurationWebhook(url: "https://a/x", maxRetries: 9),
                ConfigurationWebhook(url: "https://b/y", events: ["TASK_FAILED"], secrets: [Secret("s")]),
            ])
    }
}
