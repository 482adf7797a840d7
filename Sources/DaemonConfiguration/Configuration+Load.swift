import Glibc
import JSON
import Spool
package import SystemPackage
import TaskSource

extension Configuration {
    /// Reads everything that has a say, and checks it.
    ///
    /// The file is the one that `--config` or `OPENLOOM_CONFIG` names, else `.openloom/config.yaml` (or `.yml`) in `home`
    /// if that is there. Nothing else is read but files that hold
    /// a secret.
    ///
    /// - Parameters:
    ///   - environment: Of its variables only those matter that begin with `OPENLOOM_`, and those in which OpenCode keeps
    ///     its password and places.
    ///   - workingDirectory: What relative paths in options and variables start from; those in the file start from the
    ///     file's directory. Nil means that of the process.
    /// - Throws: All that is wrong, at once; then nothing is in force.
    package static func load(
        flags: ConfigurationFlags = ConfigurationFlags(), environment: [String: String], home: FilePath,
        workingDirectory: FilePath? = nil
    ) throws(ConfigurationError) -> Configuration {
        let directory = workingDirectory ?? currentDirectory()
        var sources = ConfigurationSources(home: home, workingDirectory: directory)
        sources.addFile(flag: flags.config, variable: environment["OPENLOOM_CONFIG"])
        sources.add(environment: environment)
        sources.add(flags)
        let connector = ConfigurationConnector(&sources)

        var values = ConfigurationValues(sources)
        if let inbox = connector.inbox { values.setDefault(ConfigurationKeys.inboxPath, inbox) }
        connector.check(&values)
        let spool = home.appending(".openloom/spool").lexicallyNormalized()
        values.setDefault(ConfigurationKeys.spoolPath, spool)
        values.setDefault(
            ConfigurationKeys.inboxPath,
            SpoolPaths(root: values[ConfigurationKeys.spoolPath] ?? spool).inbox
        )
        values.readPassword()
        values.readServerPasswords()
        values.readWebhookSecrets()
        values.readSources()
        connector.add(to: &values)
        values.readConnectors()
        values.check()
        let verification = values.verification()
        if let error = values.problems.error { throw error }

        let warnings = sources.warnings + values.warnings(besides: connector.usedKeys)
        let surroundings = OpenCodeSurroundings(environment: environment, home: home)
        return Configuration(
            values, file: sources.file, verification: verification, surroundings: surroundings, warnings: warnings,
            usedKeys: connector.usedKeys)
    }

    /// Nil if it has been removed, or can't be told.
    private static func currentDirectory() -> FilePath? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return FilePath(platformString: path)
    }

    private init(
        _ values: ConfigurationValues, file: FilePath?, verification: VerificationPolicy,
        surroundings: OpenCodeSurroundings, warnings: [String],
        usedKeys: [String: String]
    ) {
        typealias Keys = ConfigurationKeys
        let spool = values[Keys.spoolPath] ?? "/"
        self.init(
            file: file,
            opencode: OpenCodeSettings(
                url: values[Keys.opencodeURL], isURLGiven: values.origin(of: Keys.opencodeURL.name) != .standard,
                username: values[Keys.opencodeUsername], password: values[Keys.opencodePassword],
                passwordOrigin: "password from \(values.origin(of: Keys.opencodePassword.name))",
                servers: values[Keys.opencodeServers], autoStart: values[Keys.opencodeAutoStart],
                command: values[Keys.opencodeCommand], startPort: values[Keys.opencodeStartPort],
                choice: ModelChoice(
                    model: values[Keys.opencodeModel], agent: values[Keys.opencodeAgent],
                    variant: values[Keys.opencodeVariant]),
                surroundings: surroundings
            ),
            server: ServerSettings(
                host: values[Keys.serverHost], port: values[Keys.serverPort],
                allowedHosts: values[Keys.serverAllowedHosts], allowedOrigins: values[Keys.serverAllowedOrigins],
                tokenFile: values[Keys.serverTokenFile], socket: values[Keys.serverSocket]
            ),
            spool: SpoolSettings(
                path: spool, watch: values[Keys.spoolWatch], pollInterval: values[Keys.spoolPollInterval]
            ),
            inbox: InboxSettings(
                path: values[Keys.inboxPath] ?? spool, pollInterval: values[Keys.inboxPollInterval],
                settle: values[Keys.inboxSettle]
            ),
            results: OutboxSettings(
                outbox: values[Keys.resultOutbox], archive: values[Keys.resultArchive],
                language: values[Keys.resultLanguage]
            ),
            timeZone: values[Keys.timeZone],
            harness: HarnessSettings(
                maxRunning: values[Keys.maxRunning], checkInterval: values[Keys.checkInterval],
                startTimeout: values[Keys.startTimeout], stall: values[Keys.stall], timeout: values[Keys.timeout],
                maxAttempts: values[Keys.maxAttempts], retryDelay: values[Keys.retryDelay],
                idleCompletesTask: values[Keys.idleCompletesTask], permissions: values[Keys.permissions]
            ),
            limits: LimitSettings(
                fileBytes: values[Keys.fileBytes], docxEntries: values[Keys.docxEntries],
                docxUnpackedBytes: values[Keys.docxUnpackedBytes], docxRatio: values[Keys.docxRatio],
                yamlDepth: values[Keys.yamlDepth], yamlAliases: values[Keys.yamlAliases]
            ),
            workspaceProjects: Dictionary(
                values[Keys.workspaces].map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first }
            ),
            workspaceChoices: Dictionary(
                values[Keys.workspaces].filter { $0.choice != ModelChoice() }.map { ($0.path, $0.choice) },
                uniquingKeysWith: { first, _ in first }
            ),
            verification: verification,
            defaultWorkspace: values[Keys.inboxWorkspace],
            allowedWorkspaces: values[Keys.workspacesAllow],
            logLevel: values[Keys.logLevel],
            webhooks: WebhookSettings(values),
            sources: values[Keys.webhookSources],
            connectors: values[Keys.connectors],
            warnings: warnings,
            entries: values.entries(usedKeys)
        )
    }
}

extension Configuration.OpenCodeSurroundings {
    fileprivate init(environment: [String: String], home: FilePath) {
        func directory(_ variable: String, _ standard: String) -> FilePath {
            // A relative path means nothing here, by the standard that defines these variables.
            let base = environment[variable].map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
            return (base ?? home.appending(standard)).appending("opencode")
        }
        self.init(
            stateDirectory: directory("XDG_STATE_HOME", ".local/state"),
            configurationDirectory: directory("XDG_CONFIG_HOME", ".config"))
        // The second is the older name.
        for name in ["OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD"] where password == nil {
            guard let text = environment[name], !text.isEmpty, !text.hasControlCharacter else { continue }
            password = Secret(text)
            self.name = name
        }
    }
}

extension Configuration.WebhookSettings {
    fileprivate init(_ values: ConfigurationValues) {
        typealias Keys = ConfigurationKeys
        var endpoints = values[Keys.notifyWebhook]
        for url in values[Keys.notifyURLs] where !endpoints.contains(where: { $0.url == url }) {
            endpoints.append(
                ConfigurationWebhook(
                    url: url, events: values[Keys.notifyEvents],
                    secrets: values[Keys.notifySecret].map { [$0] } ?? [], maxRetries: values[Keys.notifyMaxRetries]
                )
            )
        }
        if let url = values[Keys.busWebhookURL] {
            endpoints.insert(
                ConfigurationWebhook(
                    url: url, name: ConfigurationWebhook.busName,
                    secrets: values[Keys.busWebhookSecret].map { [$0] } ?? []),
                at: 0)
        }
        self.init(
            endpoints: endpoints, recentMessages: values[Keys.notifyRecentMessages],
            retrySchedule: values[Keys.retrySchedule], keepDays: values[Keys.keepDays],
            keepCount: values[Keys.keepCount])
    }
}
