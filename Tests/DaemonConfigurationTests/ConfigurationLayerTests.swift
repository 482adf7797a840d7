import Logging
import Spool
import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationLayerTests {
    @Test func load_givesTheDefaults_whenNothingIsSaid() throws {
        let sandbox = try ConfigurationSandbox()
        let configuration = try sandbox.load()

        #expect(configuration.file == nil)
        let opencode = configuration.opencode
        #expect(opencode.url == "http://127.0.0.1:4096")
        #expect(!opencode.isURLGiven)
        #expect(opencode.username == "opencode")
        #expect(opencode.password == nil)
        #expect(opencode.servers.isEmpty)
        #expect(!opencode.autoStart)
        #expect(opencode.command == "opencode")
        #expect(opencode.startPort == 0)
        #expect(opencode.choice == .init())
        #expect(opencode.surroundings.stateDirectory == sandbox.home.appending(".local/state/opencode"))
        #expect(opencode.surroundings.configurationDirectory == sandbox.home.appending(".config/opencode"))
        #expect(opencode.surroundings.password == nil)
        #expect(configuration.server == .init(host: "127.0.0.1", port: 8967))
        let spool = sandbox.home.appending(".openloom/spool")
        #expect(configuration.spool == .init(path: spool, watch: .auto, pollInterval: .seconds(2)))
        #expect(
            configuration.inbox
                == .init(path: spool.appending("inbox"), pollInterval: .seconds(5), settle: .seconds(1)))
        #expect(
            configuration.harness
                == .init(
                    maxRunning: 4, checkInterval: .seconds(30), startTimeout: .seconds(30), stall: .seconds(600),
                    timeout: .seconds(3600), maxAttempts: 3, retryDelay: .seconds(10), idleCompletesTask: true,
                    permissions: .standard))
        #expect(
            configuration.limits
                == .init(
                    fileBytes: 10_485_760, docxEntries: 100, docxUnpackedBytes: 52_428_800, docxRatio: 100,
                    yamlDepth: 32, yamlAliases: 100))
        #expect(configuration.workspaceProjects.isEmpty)
        #expect(configuration.defaultWorkspace == nil)
        #expect(configuration.allowedWorkspaces == nil)
        #expect(configuration.logLevel == .info)
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.report().allSatisfy { $0.origin == .standard })
    }

    @Test func file_winsOverDefault() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 9001\n")
        let configuration = try sandbox.load()
        #expect(configuration.server.port == 9001)
        #expect(configuration.file == sandbox.file)
        #expect(configuration.origin(of: "server.port") == .file(sandbox.file, line: 2))
    }

    @Test func environment_winsOverFile_acrossSpellings() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 9001\n")
        let configuration = try sandbox.load(.init(), ["OPENLOOM_UI_PORT": "9002"])
        #expect(configuration.server.port == 9002)
        #expect(configuration.origin(of: "server.port") == .environment("OPENLOOM_UI_PORT"))
    }

    @Test func flags_winOverEverything() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 9001\nlog:\n  level: error\n")
        let flags = ConfigurationFlags(
            spool: "/srv/spool", host: "localhost", port: 0, opencodeURL: "http://[::1]:5000/", logLevel: "debug",
            maxRunning: 7)
        let configuration = try sandbox.load(
            flags,
            [
                "OPENLOOM_SERVER_PORT": "9002", "OPENLOOM_SERVER_HOST": "::1", "OPENLOOM_SPOOL": "/elsewhere",
                "OPENLOOM_OPENCODE_URL": "http://127.0.0.1:1", "OPENLOOM_HARNESS_MAX_RUNNING": "2",
            ])
        #expect(configuration.server == .init(host: "localhost", port: 0))
        #expect(configuration.spool.path == "/srv/spool")
        #expect(configuration.inbox.path == "/srv/spool/inbox")
        #expect(configuration.opencode.url == "http://[::1]:5000")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.harness.maxRunning == 7)
        #expect(configuration.origin(of: "server.port") == .flag("--port"))
    }

    @Test func badValue_isAnError_thoughAHigherLayerHidesIt() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: http\n")
        #expect(
            sandbox.complaint(.init(port: 80), ["OPENLOOM_UI_PORT": "70000"]) == """
                the configuration has 2 problems:
                  HOME/.openloom/config.yaml:2: server.port: should be a whole number from 0 to 65535, but is "http"
                  OPENLOOM_UI_PORT: should be a whole number from 0 to 65535, but is "70000"
                """)
    }

    @Test func badFlag_isNamed() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(
            sandbox.complaint(.init(port: -1, logLevel: "loud")) == """
                the configuration has 2 problems:
                  --port: should be a whole number from 0 to 65535, but is "-1"
                  --log-level: should be one of trace, debug, info, notice, warning, error, critical, but is "loud"
                """)
    }

    /// Fault 17 of the Python program: none of these was read.
    @Test func everySpellingOfTheDescription_isRead() throws {
        let sandbox = try ConfigurationSandbox(
            """
            opencode_url: "http://127.0.0.1:4097"
            server:
              port: 8968
              host: localhost
            bus:
              webhook_url: "https://example.com/hooks/a"
              webhook_secret: "shared-secret"
            levels:
              storage:
                path: ./inbox
                poll_interval_s: 0.5
                workspace: /srv/app
                class: mysource.MyConnector
            """)
        let configuration = try sandbox.load()
        #expect(configuration.opencode.url == "http://127.0.0.1:4097")
        #expect(configuration.server == .init(host: "localhost", port: 8968))
        #expect(
            configuration.webhooks.endpoints == [
                ConfigurationWebhook(
                    url: "https://example.com/hooks/a", name: ConfigurationWebhook.busName,
                    secrets: [Secret("shared-secret")])
            ])
        #expect(configuration.inbox.path == sandbox.home.appending(".openloom/inbox"))
        #expect(configuration.inbox.pollInterval == .milliseconds(500))
        #expect(configuration.defaultWorkspace == "/srv/app")
        #expect(configuration.connectors.map(\.className) == ["mysource.MyConnector"])
        #expect(configuration.connectors.first?.pollInterval == .milliseconds(500))
    }

    @Test func everySpellingOfTheSourceCode_isRead() throws {
        let sandbox = try ConfigurationSandbox(
            """
            opencode:
              url: http://127.0.0.1:4097/
              username: me
              auto_start: yes
            ui:
              host: 127.0.0.2
              port: "8968"
            database: openloom.sqlite3
            harness:
              check_interval_seconds: 10
              idle_completes_task: off
              auto_accept_permissions: false
              notify_recent_messages: 5
              max_running: 2
            notify:
              webhook:
                - url: https://example.com/hook
                  events: [TASK_COMPLETED, TASK_FAILED]
                  signing_secret: "s"
                  max_retries: 0
                  timeout_seconds: 30
                  headers: {X-From: openloom}
                - url: https://example.org/hook
            storage:
              inbox: /srv/inbox
              outbox: results
              archive: ""
              poll_interval_seconds: 30
              task_prefix: "job-"
              kwargs: {root: /srv}
            """)
        let configuration = try sandbox.load()
        #expect(configuration.opencode.url == "http://127.0.0.1:4097")
        #expect(configuration.opencode.username == "me")
        #expect(configuration.opencode.autoStart)
        #expect(configuration.server == .init(host: "127.0.0.2", port: 8968))
        #expect(configuration.harness.checkInterval == .seconds(10))
        #expect(!configuration.harness.idleCompletesTask)
        #expect(configuration.harness.permissions == AskPolicy(fallback: .ask))
        #expect(configuration.harness.maxRunning == 2)
        #expect(configuration.webhooks.recentMessages == 5)
        #expect(
            configuration.webhooks.endpoints == [
                ConfigurationWebhook(
                    url: "https://example.com/hook", events: ["TASK_COMPLETED", "TASK_FAILED"], timeout: .seconds(30),
                    headers: ["X-From": "openloom"], secrets: [Secret("s")], maxRetries: 0),
                ConfigurationWebhook(url: "https://example.org/hook"),
            ])
        #expect(configuration.inbox.path == "/srv/inbox")
        #expect(configuration.inbox.pollInterval == .seconds(30))
        #expect(configuration.results.outbox == sandbox.home.appending(".openloom/results"))
        #expect(configuration.results.archive == nil)
        let unused = ["storage.kwargs"]
        for key in unused {
            #expect(
                configuration.warnings.contains {
                    $0.hasPrefix("\(key) (\(sandbox.file):") && $0.contains("has no effect without storage.class")
                })
        }
        for key in ["database", "storage.task_prefix"] {
            #expect(configuration.warnings.contains { $0.hasPrefix("\(key) (") && $0.contains("has no meaning here") })
        }
        #expect(configuration.warnings.count == unused.count + 2)
    }

    @Test(arguments: ["storage:\n  paths: drop\n", "storage:\n  paths:\n    inbox: drop\n    outbox: out\n"])
    func oldFormsOfTheInbox_areRead(yaml: String) throws {
        let sandbox = try ConfigurationSandbox(yaml)
        #expect(try sandbox.load().inbox.path == sandbox.home.appending(".openloom/drop"))
    }

    @Test func bothSpellings_mayAgree() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 9001\nui:\n  port: \"9001\"\n")
        #expect(try sandbox.load().server.port == 9001)
    }

    @Test func bothSpellings_mustNotDiffer_andBothLinesAreNamed() throws {
        let sandbox = try ConfigurationSandbox(
            """
            server:
              port: 9001
            ui:
              port: 9002
            bus:
              webhook_url: ""
            """)
        #expect(
            sandbox.complaint() == """
                the configuration has a problem:
                  HOME/.openloom/config.yaml:4: ui.port: is 9002, but server.port in line 2 is 9001; both name the same \
                setting; remove one of them
                """)
    }

    @Test func twoVariablesOfOneKey_mustNotDiffer() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(
            sandbox.complaints(["OPENLOOM_SERVER_PORT": "1", "OPENLOOM_UI_PORT": "2"]) == [
                "OPENLOOM_UI_PORT: is 2, but OPENLOOM_SERVER_PORT is 1; both name the same setting; remove one of them"
            ])
    }

    @Test func permissions_andTheOldSwitch_mustNotDiffer() throws {
        let sandbox = try ConfigurationSandbox(
            """
            harness:
              permissions:
                bash: deny
              auto_accept_permissions: true
            """)
        #expect(
            sandbox.complaints() == [
                "4: harness.auto_accept_permissions: is allow, but harness.permissions in line 2 is *: allow, "
                    + "bash: deny, doom_loop: ask, external_directory: ask; both say what is answered to permissions "
                    + "(true is allow, false is ask); remove one of them"
            ])
    }

    @Test(arguments: [("true", AskPolicy.Rule.allow), ("0", .ask)])
    func oldSwitchInTheEnvironment_winsOverPermissionsInTheFile(text: String, rule: AskPolicy.Rule) throws {
        let sandbox = try ConfigurationSandbox("harness:\n  permissions: deny\n")
        let configuration = try sandbox.load(.init(), ["OPENLOOM_AUTO_ACCEPT_PERMISSIONS": text])
        #expect(configuration.harness.permissions == AskPolicy(fallback: rule))
        #expect(
            configuration.origin(of: "harness.permissions") == .environment("OPENLOOM_AUTO_ACCEPT_PERMISSIONS"))
    }

    @Test func permissions_byName_keepTheStandardForOthers() throws {
        let sandbox = try ConfigurationSandbox("harness:\n  permissions: {bash: ask, \"*\": deny}\n")
        let policy = try sandbox.load().harness.permissions
        #expect(
            policy
                == AskPolicy(fallback: .deny, rules: ["bash": .ask, "external_directory": .ask, "doom_loop": .ask]))
    }

    @Test func key_mayBeWrittenInOneLine() throws {
        let sandbox = try ConfigurationSandbox("server.port: 9001\nlevels: {storage.path: /srv/in}\n")
        let configuration = try sandbox.load()
        #expect(configuration.server.port == 9001)
        #expect(configuration.inbox.path == "/srv/in")
    }

    @Test func emptySections_areNothing() throws {
        let sandbox = try ConfigurationSandbox(
            "opencode:\nui:\nlevels:\n  storage:\nworkspaces:\nstorage:\n  kwargs:\n  class:\nnotify:\n  webhook:\n")
        let configuration = try sandbox.load()
        #expect(configuration.server.port == 8967)
        #expect(configuration.warnings.isEmpty)
    }
}
