package import Logging
package import Report
package import Spool
package import SystemPackage
package import TaskSource

/// Everything that is in force, read once at start: defaults, over them the file, the environment, the command line.
///
/// A value of this type is consistent: ``load(flags:environment:home:workingDirectory:)`` has checked each setting and
/// those that depend on each other. All paths are absolute.
package struct Configuration: Sendable {
    package struct OpenCodeSettings: Sendable, Hashable {
        /// Without a slash at its end, a query, or a password.
        package var url: String
        /// Whether somebody named the URL; else servers that register themselves are looked for, too.
        package var isURLGiven: Bool
        package var username: String
        package var password: Secret?
        /// Where the password is from, for people.
        package var passwordOrigin: String
        /// Several servers, each with its workspaces; empty for the one at `url`.
        package var servers: [ConfigurationServer]
        /// Whether a server is started where none answers.
        package var autoStart: Bool
        /// The program that is started, a name or a path.
        package var command: String
        /// The port that it is given; 0 for any free one.
        package var startPort: Int
        /// Who works where nothing else is said.
        package var choice: ModelChoice
        package var surroundings: OpenCodeSurroundings
    }

    /// What OpenCode itself leaves for its clients.
    package struct OpenCodeSurroundings: Sendable, Hashable {
        /// `$XDG_STATE_HOME/opencode`, where services register themselves.
        package var stateDirectory: FilePath
        /// `$XDG_CONFIG_HOME/opencode`.
        package var configurationDirectory: FilePath
        /// That of OpenCode's own variable, if it is set here.
        package var password: Secret?
        /// The variable's name.
        package var name = ""
    }

    /// Who is to work; nil leaves it to OpenCode.
    package struct ModelChoice: Sendable, Hashable {
        /// `provider/model`.
        package var model: String?
        package var agent: String?
        package var variant: String?
    }

    package struct ServerSettings: Sendable, Hashable {
        /// A name or address; one that others than this machine reach only with a `tokenFile`.
        package var host: String
        /// 0 takes any free port.
        package var port: Int
        /// Names in the `Host` header, in lower case and without ports.
        package var allowedHosts: [String] = []
        /// Web pages, as browsers write their origins.
        package var allowedOrigins: [String] = []
        package var tokenFile: FilePath?
        package var socket: FilePath?
    }

    /// How changes of the spool and the inbox are noticed.
    package enum WatchMode: String, Sendable, Hashable, CaseIterable {
        /// By inotify, and by the clock on filesystems that report nothing.
        case auto
        case inotify
        case timer
    }

    package struct SpoolSettings: Sendable, Hashable {
        package var path: FilePath
        package var watch: WatchMode
        /// How often the spool is looked at where the clock has to do it.
        package var pollInterval: Duration
    }

    package struct InboxSettings: Sendable, Hashable {
        package var path: FilePath
        /// How often the inbox is looked at where the clock has to do it.
        package var pollInterval: Duration
        /// How long a file must not have changed that was there before anybody watched.
        package var settle: Duration
    }

    /// What is put beside dropped files.
    package struct OutboxSettings: Sendable, Hashable {
        /// Where statuses and results go; nil for nowhere.
        package var outbox: FilePath?
        /// Where sources go when their tasks have ended; nil for the inbox, under another name.
        package var archive: FilePath?
        package var language: ReportLanguage
    }

    package struct HarnessSettings: Sendable, Hashable {
        /// Tasks that work at the same time.
        package var maxRunning: Int
        /// How often the server is asked how running tasks do, whatever its events say. Less than `stall`.
        package var checkInterval: Duration
        /// From the prompt to the first sign of the agent. Less than `timeout`.
        package var startTimeout: Duration
        /// Longest silence of the agent. Less than `timeout`.
        package var stall: Duration
        /// From the prompt to the end of the turn.
        package var timeout: Duration
        /// How often a task is started in all, when what stopped it may pass.
        package var maxAttempts: Int
        /// The wait before the second attempt; four times as long before each further one.
        package var retryDelay: Duration
        /// Whether a clean end of turn without the marker counts as the agent's claim to be done.
        package var idleCompletesTask: Bool
        package var permissions: AskPolicy
    }

    /// How much of a dropped file is read before it is rejected.
    package struct LimitSettings: Sendable, Hashable {
        package var fileBytes: Int
        package var docxEntries: Int
        package var docxUnpackedBytes: Int
        /// Unpacked size over packed size.
        package var docxRatio: Int
        package var yamlDepth: Int
        package var yamlAliases: Int
    }

    /// Who hears of tasks, and how.
    package struct WebhookSettings: Sendable, Hashable {
        /// That of `bus.webhook_url`, those of the file, then those of the environment that the file does not name.
        package var endpoints: [ConfigurationWebhook]
        package var recentMessages: Int
        /// Seconds after the first, second, … attempt.
        package var retrySchedule: [Double]
        /// How long deliveries are kept that nothing is to be done about, and how many of each endpoint and state.
        package var keepDays: Int
        package var keepCount: Int
    }

    /// The file that was read; nil if there is none.
    package var file: FilePath?
    package var opencode: OpenCodeSettings
    package var server: ServerSettings
    package var spool: SpoolSettings
    package var inbox: InboxSettings
    package var results: OutboxSettings
    /// The name of the zone whose time people are shown; nil for that of the machine.
    package var timeZone: String?
    package var harness: HarnessSettings
    package var limits: LimitSettings
    /// The workspace of each subfolder of the inbox that has one.
    package var workspaceProjects: [String: FilePath]
    /// Who works in a workspace that is named under `workspaces` with a model, an agent or a variant.
    package var workspaceChoices: [FilePath: ModelChoice]
    /// What is checked after the agent's claim, and who may say so.
    package var verification: VerificationPolicy
    /// The workspace of a drop that names none and lies in no project's folder.
    package var defaultWorkspace: FilePath?
    /// Directories in which a workspace must lie; nil allows every one. Never empty.
    package var allowedWorkspaces: [FilePath]?
    package var logLevel: Logger.Level
    package var webhooks: WebhookSettings
    /// Who may have tasks made by webhooks, besides everybody by `generic`.
    package var sources: [ConfigurationSource]
    /// Storage that task files come from, besides the inbox.
    package var connectors: [ConfigurationRemote]
    /// What a person should know, to be logged once at start: settings that have no effect, unknown variables.
    package var warnings: [String]

    let entries: [ConfigurationEntry]

    /// Where the value of a key is from. The key is given by its own name, as in ``report()``.
    package func origin(of key: String) -> ConfigurationOrigin {
        entries.first { $0.key == key }?.origin ?? .standard
    }
}
