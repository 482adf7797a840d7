import Curl
package import DaemonConfiguration
package import Dispatcher
import Inbox
import Inotify
import JSON
package import OpenCode
package import TaskSource
import YAML

/// What each service is told of the configuration.
extension DaemonProcess {
    var limits: TaskSourceLimits { configuration.sourceLimits }
    var workspaces: WorkspacePolicy { configuration.workspacePolicy }

    var inboxSettings: InboxService.Settings {
        let inbox = configuration.inbox
        let isTold = configuration.spool.watch != .timer && DirectoryWatcher.eventsAreReliable(on: inbox.path)
        return InboxService.Settings(
            directory: inbox.path, settle: inbox.settle, limits: limits, poll: isTold ? nil : inbox.pollInterval,
            projects: Array(configuration.workspaceProjects.keys)
        )
    }

    /// The servers of the configuration: one, unless it lists several.
    func backends(_ curl: CurlClient, starter: (any ServerStarter)?) -> [Backend] {
        let accesses = configuration.serverAccesses()
        return zip(accesses, configuration.opencode.servers.map(Optional.some) + [nil]).map { access, listed in
            Backend(
                name: access.url, server: OpenCodeServer(curl: curl, access: access, starter: starter),
                workspaces: listed?.workspaces ?? [],
                maxRunning: listed?.maxRunning, logger: logger)
        }
    }

    /// The webhooks as `/api/state` shows them: without the part of their addresses that may be secret.
    var shownWebhooks: [JSONValue] {
        configuration.webhooks.endpoints.map { webhook in
            let shown = webhook.json
            return ["url": shown["url"] ?? "", "events": JSONValue(webhook.events.sorted())]
        }
    }

    var harness: HarnessSettings { configuration.harnessSettings }
}

extension AgentChoice {
    fileprivate init(_ choice: Configuration.ModelChoice) {
        self.init(model: choice.model, agent: choice.agent, variant: choice.variant)
    }
}

extension Configuration {
    /// How tasks are run, and who works where.
    package var harnessSettings: Dispatcher.HarnessSettings {
        let configured = harness
        var settings = Dispatcher.HarnessSettings()
        settings.maxRunning = configured.maxRunning
        settings.checkInterval = configured.checkInterval
        settings.timeout = configured.timeout
        settings.stall = configured.stall
        settings.start = configured.startTimeout
        settings.maxAttempts = configured.maxAttempts
        settings.retryDelay = configured.retryDelay
        settings.idleCompletesTask = configured.idleCompletesTask
        settings.permissions = configured.permissions
        settings.refusal = { [workspacePolicy] in workspacePolicy.refusal(of: $0) }
        settings.choice = AgentChoice(opencode.choice)
        for (path, choice) in workspaceChoices {
            settings.setChoice(AgentChoice(choice), for: path)
        }
        return settings
    }

    /// Where each configured server is, and how we prove there who we are; never empty.
    package func serverAccesses() -> [ServerAccess] {
        func access(_ url: String, username: String?, password: (text: String, origin: String)?) -> ServerAccess {
            var access = ServerAccess(url: url)
            access.username = username ?? opencode.username
            access.password = password ?? opencode.password.map { ($0.revealed, opencode.passwordOrigin) }
            let surroundings = opencode.surroundings
            access.stateDirectory = surroundings.stateDirectory
            access.configurationDirectory = surroundings.configurationDirectory
            access.environmentPassword = surroundings.password.map { ($0.revealed, surroundings.name) }
            return access
        }
        guard !opencode.servers.isEmpty else {
            var one = access(opencode.url, username: nil, password: nil)
            one.isURLGiven = opencode.isURLGiven
            return [one]
        }
        return opencode.servers.map { server in
            let origin = server.passwordFile.map { "password from \($0)" } ?? ""
            return access(
                server.url, username: server.username, password: server.password.map { ($0.revealed, origin) })
        }
    }

    /// How much of a task's source is read.
    package var sourceLimits: TaskSourceLimits {
        var limits = TaskSourceLimits()
        limits.fileBytes = self.limits.fileBytes
        limits.docxEntries = self.limits.docxEntries
        limits.docxUnpackedBytes = self.limits.docxUnpackedBytes
        limits.docxRatio = self.limits.docxRatio
        limits.yaml.depth = self.limits.yamlDepth
        limits.yaml.aliases = self.limits.yamlAliases
        return limits
    }

    /// Which directories tasks may work in.
    package var workspacePolicy: WorkspacePolicy {
        WorkspacePolicy(
            defaultWorkspace: defaultWorkspace, projects: workspaceProjects, allow: allowedWorkspaces ?? []
        )
    }
}
