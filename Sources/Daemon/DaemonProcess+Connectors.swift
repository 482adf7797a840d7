package import Connectors
package import DaemonConfiguration
import JSON
import RemoteInbox
import Report
import Results
import ServiceLifecycle
import Spool
package import SystemPackage
import TaskSource

extension ConfigurationRemote {
    /// Where programs of connectors are looked for, and nowhere else.
    static func directory(home: FilePath) -> FilePath { home.appending(".openloom/connectors") }

    /// The program that knows the storage, with what it is told.
    ///
    /// - Parameter environment: Of the process.
    package func connector(home: FilePath, environment: [String: String]) -> ProgramConnector {
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "OPENLOOM_CONNECTOR": name]
        for name in VerifyCommand.usualVariables + self.variables {
            variables[name] = environment[name] ?? variables[name]
        }
        if let className {
            variables["OPENLOOM_CONNECTOR_CLASS"] = className
            variables["OPENLOOM_CONNECTOR_KWARGS"] = JSONValue.object(classArguments).compact
        }
        return ProgramConnector(
            program: Self.directory(home: home).appending(program), arguments: arguments, environment: variables,
            timeout: timeout)
    }
}

extension DaemonProcess {
    /// For each connector a service that takes files from it, and one that puts results there.
    func connectorServices(
        _ spool: SpoolDirectory, observer: TaskObserver, node: NodeIdentity, reader: TaskSourceReader
    ) throws(SpoolError) -> [any Service] {
        var services: [any Service] = []
        for remote in configuration.connectors {
            let storage = SerialConnector(remote.connector(home: home, environment: environment))
            services.append(
                RemoteInboxService(
                    spool: spool, connector: storage, reader: reader, settings: settings(of: remote), logger: logger))
            // What is only read has no place for results.
            guard let inbox = remote.inbox else { continue }
            let placer = RemotePlacer(
                spool: spool, storage: storage, name: remote.name, inbox: inbox, outbox: remote.outbox,
                archive: remote.archive, words: configuration.results.language.words)
            services.append(
                try ResultService(spool: spool, observer: observer, node: node, placing: placer, logger: logger))
        }
        return services
    }

    private func settings(of remote: ConfigurationRemote) -> RemoteInboxSettings {
        RemoteInboxSettings(
            name: remote.name, inbox: remote.inbox ?? "", files: remote.files, outbox: remote.outbox,
            workspace: (remote.workspace ?? configuration.defaultWorkspace)?.string, permissions: remote.permissions,
            verify: remote.verify, pollInterval: remote.pollInterval, settle: configuration.inbox.settle,
            fileBytes: configuration.limits.fileBytes)
    }
}
