import Curl
package import DaemonConfiguration
import Dispatcher
import Inbox
import Inotify
import OpenCode
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

    var clientSettings: OpenCodeClient.Settings {
        let credentials = configuration.opencode.password.map {
            CurlCredentials(user: configuration.opencode.username, password: $0.revealed)
        }
        return OpenCodeClient.Settings(url: configuration.opencode.url, credentials: credentials)
    }

    var harness: HarnessSettings {
        let configured = configuration.harness
        var settings = HarnessSettings()
        settings.maxRunning = configured.maxRunning
        settings.checkInterval = configured.checkInterval
        settings.timeout = configured.timeout
        settings.stall = configured.stall
        settings.start = configured.startTimeout
        settings.maxAttempts = configured.maxAttempts
        settings.idleCompletesTask = configured.idleCompletesTask
        settings.permissions = configured.permissions
        return settings
    }
}

extension Configuration {
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
