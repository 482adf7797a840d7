import JSON
import Logging
import Report
import Spool
import SystemPackage
import TaskSource

/// Every key there is. The first spelling is the key's own name.
enum ConfigurationKeys {
    // MARK: OpenCode

    static let opencodeURL = ConfigurationKey(
        "opencode.url", "opencode_url", kind: .serverURL, fallback: "http://127.0.0.1:4096")
    static let opencodeUsername = ConfigurationKey("opencode.username", kind: .user, fallback: "opencode")
    static let opencodePassword = ConfigurationKey(
        ConfigurationSpelling(name: "opencode.password", isInFile: false), kind: .optional(.secret), fallback: nil,
        refusalInFile: "a password does not belong in this file: set OPENLOOM_OPENCODE_PASSWORD, or write it into a "
            + "file of mode 0600 and name that with opencode.password_file"
    )
    static let opencodePasswordFile = ConfigurationKey(
        "opencode.password_file", kind: .optional(.path), fallback: nil)
    static let opencodeAutoStart = ConfigurationKey("opencode.auto_start", kind: .yesOrNo, fallback: false)
    static let opencodeCommand = ConfigurationKey(
        "opencode.command", kind: .word("the name or path of a program"), fallback: "opencode")
    static let opencodeStartPort = ConfigurationKey(
        "opencode.start_port", kind: .whole(0...65_535), fallback: 0, standard: "0 (any free port)")
    static let opencodeModel = ConfigurationKey(
        "opencode.model", kind: .optional(.model), fallback: nil, standard: "OpenCode's own")
    static let opencodeAgent = ConfigurationKey(
        "opencode.agent", kind: .optional(.word("the name of an agent")), fallback: nil, standard: "OpenCode's own")
    static let opencodeVariant = ConfigurationKey(
        "opencode.variant", kind: .optional(.word("the name of a variant of the model")), fallback: nil)
    static let opencodeServers = ConfigurationKey("opencode.servers", kind: .servers, fallback: [])

    // MARK: server

    static let serverHost = ConfigurationKey("server.host", "ui.host", kind: .host, fallback: "127.0.0.1")
    static let serverPort = ConfigurationKey("server.port", "ui.port", kind: .whole(0...65_535), fallback: 8967)
    static let serverAllowedHosts = ConfigurationKey("server.allowed_hosts", kind: .hostNames, fallback: [])
    static let serverAllowedOrigins = ConfigurationKey("server.allowed_origins", kind: .webOrigins, fallback: [])
    static let serverTokenFile = ConfigurationKey("server.token_file", kind: .optional(.path), fallback: nil)
    static let serverSocket = ConfigurationKey("server.socket", kind: .optional(.path), fallback: nil)

    // MARK: spool and inbox

    static let spoolPath = ConfigurationKey(
        ConfigurationSpelling(name: "spool.path", shortVariables: ["OPENLOOM_SPOOL"]), kind: .optional(.path),
        fallback: nil, standard: "~/.openloom/spool")
    static let spoolWatch = ConfigurationKey(
        "spool.watch", kind: ConfigurationKind<Configuration.WatchMode>.choice, fallback: .auto)
    static let spoolPollInterval = ConfigurationKey(
        "spool.poll_interval_s", kind: .seconds(0.01...3600), fallback: .seconds(2))
    static let inboxPath = ConfigurationKey(
        "levels.storage.path", "storage.inbox", "storage.paths.inbox", "storage.paths", kind: .optional(.path),
        fallback: nil, standard: "SPOOL/inbox")
    static let inboxPollInterval = ConfigurationKey(
        "levels.storage.poll_interval_s", "storage.poll_interval_seconds", kind: .seconds(0.01...86_400),
        fallback: .seconds(5))
    static let inboxWorkspace = ConfigurationKey(
        "levels.storage.workspace", kind: .optional(.path), fallback: nil)
    static let inboxSettle = ConfigurationKey("inbox.settle_s", kind: .seconds(0...3600), fallback: .seconds(1))
    static let connectorClass = ConfigurationKey(
        "levels.storage.class", "storage.class", kind: .optional(.word("the name of a class")), fallback: nil,
        use: .ofConnector, emptyIsNone: true)
    static let connectorArguments = ConfigurationKey(
        "levels.storage.kwargs", "storage.kwargs", kind: .connectorArguments, fallback: ConnectorArguments(),
        use: .ofConnector)
    static let connectorFiles = ConfigurationKey(
        "levels.storage.files", "storage.files", kind: .texts("a list of paths in a connector's storage"), fallback: [],
        use: .ofConnector)
    static let connectors = ConfigurationKey("connectors", kind: .connectors, fallback: [])
    static let resultOutbox = ConfigurationKey(
        "levels.storage.outbox", "storage.outbox", "storage.paths.outbox", kind: .optional(.path),
        fallback: nil, emptyIsNone: true)
    static let resultArchive = ConfigurationKey(
        "levels.storage.archive", "storage.archive", "storage.paths.archive", kind: .optional(.path),
        fallback: nil, emptyIsNone: true)
    static let resultLanguage = ConfigurationKey(
        "levels.storage.language", kind: ConfigurationKind<ReportLanguage>.choice, fallback: .english)
    static let taskPrefix = ConfigurationKey(
        "storage.task_prefix", kind: .optional(.word("a prefix")), fallback: nil,
        use: .meaningless("files in the inbox need no prefix"), emptyIsNone: true)

    // MARK: workspaces

    static let workspaces = ConfigurationKey("workspaces", kind: .projects, fallback: [])
    static let workspacesAllow = ConfigurationKey(
        "workspaces.allow", kind: .optional(.directories), fallback: nil, standard: "every directory")

    // MARK: checks

    static let checks = ConfigurationKey("checks", kind: .checks, fallback: [])
    static let verifyRun = ConfigurationKey(
        "verify.run", kind: .commands, fallback: ConfigurationCommands(rules: VerificationPolicy.standardCommands),
        standard: "all; webhook: named")

    // MARK: harness

    static let maxRunning = ConfigurationKey("harness.max_running", kind: .whole(1...1000), fallback: 4)
    static let checkInterval = ConfigurationKey(
        ConfigurationSpelling(
            name: "harness.check_interval_seconds", shortVariables: ["OPENLOOM_CHECK_INTERVAL_SECONDS"]),
        kind: .seconds(0.1...3600), fallback: .seconds(30))
    static let startTimeout = ConfigurationKey(
        "harness.start_timeout_seconds", kind: .seconds(0.1...3600), fallback: .seconds(30))
    static let stall = ConfigurationKey(
        "harness.stall_seconds", kind: .seconds(0.1...604_800), fallback: .seconds(600))
    static let timeout = ConfigurationKey(
        "harness.timeout_seconds", kind: .seconds(0.1...2_592_000), fallback: .seconds(3600))
    static let maxAttempts = ConfigurationKey("harness.max_attempts", kind: .whole(1...100), fallback: 3)
    static let retryDelay = ConfigurationKey(
        "harness.retry_delay_seconds", kind: .seconds(0.01...86_400), fallback: .seconds(10))
    static let idleCompletesTask = ConfigurationKey(
        ConfigurationSpelling(
            name: "harness.idle_completes_task", shortVariables: ["OPENLOOM_IDLE_COMPLETES_TASK"]),
        kind: .yesOrNo, fallback: true)
    static let timeZone = ConfigurationKey(
        ConfigurationSpelling(name: "harness.timezone", shortVariables: ["OPENLOOM_TIMEZONE"]),
        kind: .optional(.timeZone), fallback: nil, standard: "that of the machine", emptyIsNone: true)
    static let permissions = ConfigurationKey(
        "harness.permissions", .autoAcceptPermissions, kind: .permissions, fallback: .standard)
    static let notifyRecentMessages = ConfigurationKey(
        ConfigurationSpelling(
            name: "harness.notify_recent_messages", shortVariables: ["OPENLOOM_NOTIFY_RECENT_MESSAGES"]),
        kind: .whole(0...100), fallback: 3)

    // MARK: limits on what is dropped

    static let fileBytes = ConfigurationKey(
        "limits.file_bytes", kind: .bytes(1...(1 << 30)), fallback: 10 << 20, standard: "10 MiB")
    static let docxEntries = ConfigurationKey("limits.docx_entries", kind: .whole(1...100_000), fallback: 100)
    static let docxUnpackedBytes = ConfigurationKey(
        "limits.docx_unpacked_bytes", kind: .bytes(1...(4 << 30)), fallback: 50 << 20, standard: "50 MiB")
    static let docxRatio = ConfigurationKey("limits.docx_ratio", kind: .whole(1...10_000), fallback: 100)
    static let yamlDepth = ConfigurationKey("limits.yaml_depth", kind: .whole(1...256), fallback: 32)
    static let yamlAliases = ConfigurationKey("limits.yaml_aliases", kind: .whole(0...10_000), fallback: 100)

    // MARK: log, webhooks, the past

    static let logLevel = ConfigurationKey(
        "log.level", kind: ConfigurationKind<Logger.Level>.choice, fallback: .info)
    static let busWebhookURL = ConfigurationKey(
        "bus.webhook_url", kind: .optional(.webhookURL), fallback: nil, emptyIsNone: true)
    static let busWebhookSecret = ConfigurationKey(
        "bus.webhook_secret", kind: .optional(.secret), fallback: nil, emptyIsNone: true)
    static let notifyWebhook = ConfigurationKey("notify.webhook", kind: .webhooks, fallback: [])
    static let notifyURLs = ConfigurationKey(
        ConfigurationSpelling(name: "notify.webhook.urls", isInFile: false), kind: .webhookURLs, fallback: [])
    static let notifyEvents = ConfigurationKey(
        ConfigurationSpelling(name: "notify.webhook.events", isInFile: false), kind: .events, fallback: ["*"])
    static let notifySecret = ConfigurationKey(
        ConfigurationSpelling(name: "notify.webhook.secret", isInFile: false), kind: .optional(.secret), fallback: nil)
    static let notifyMaxRetries = ConfigurationKey(
        ConfigurationSpelling(name: "notify.webhook.max_retries", isInFile: false), kind: .whole(0...100),
        fallback: ConfigurationWebhook.standardRetries)
    static let retrySchedule = ConfigurationKey(
        "bus.retry_schedule_s", kind: .secondsList,
        fallback: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
        standard: "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h")
    static let keepDays = ConfigurationKey("bus.keep_days", kind: .whole(0...36_500), fallback: 30)
    static let keepCount = ConfigurationKey("bus.keep_count", kind: .whole(0...10_000_000), fallback: 10_000)
    static let webhookSources = ConfigurationKey("webhook_sources", kind: .sources, fallback: [])
    static let database = ConfigurationKey(
        "database", kind: .optional(.word("a path")), fallback: nil,
        use: .meaningless("tasks are kept in the spool, not in a database"), emptyIsNone: true)

    /// In the order in which they are shown.
    static let all: [any AnyConfigurationKey] = [
        opencodeURL, opencodeUsername, opencodePassword, opencodePasswordFile, opencodeServers,
        opencodeModel, opencodeAgent, opencodeVariant, opencodeAutoStart, opencodeCommand, opencodeStartPort,
        serverHost, serverPort, serverAllowedHosts, serverAllowedOrigins, serverTokenFile, serverSocket,
        spoolPath, spoolWatch, spoolPollInterval,
        inboxPath, inboxPollInterval, inboxWorkspace, inboxSettle,
        resultOutbox, resultArchive, resultLanguage, connectorClass, connectorArguments, connectorFiles,
        connectors, taskPrefix,
        workspaces, workspacesAllow, checks, verifyRun,
        maxRunning, checkInterval, startTimeout, stall, timeout, maxAttempts, retryDelay, idleCompletesTask,
        timeZone, permissions,
        notifyRecentMessages,
        fileBytes, docxEntries, docxUnpackedBytes, docxRatio, yamlDepth, yamlAliases,
        logLevel,
        busWebhookURL, busWebhookSecret, notifyWebhook, notifyURLs, notifyEvents, notifySecret, notifyMaxRetries,
        retrySchedule, keepDays, keepCount, webhookSources,
        database,
    ]

    /// Variables that are no keys, with what to say to whoever sets them; nil where nothing is to be said.
    static let otherVariables: [String: String?] = [
        "OPENLOOM_CONFIG": nil,
        "OPENLOOM_CRASH_AT": nil,
        // Marks what a check runs, so that nothing of it is left behind.
        "OPENLOOM_CHECK": nil,
        // Marks a server that a daemon started, and so everything that runs in it.
        "OPENLOOM_SERVER": nil,
        "OPENLOOM_VERBOSE": "has no meaning here; set OPENLOOM_LOG_LEVEL=debug",
    ]
}
