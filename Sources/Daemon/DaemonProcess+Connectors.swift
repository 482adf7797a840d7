package import Connectors
package import Curl
package import DaemonConfiguration
import JSON
import RemoteInbox
import RemoteStorage
import Report
import Results
import ServiceLifecycle
import Spool
package import SystemPackage
import TaskSource

extension ConfigurationRemote {
    /// Where programs of connectors are looked for, and nowhere else.
    static func directory(home: FilePath) -> FilePath { home.appending(".openloom/connectors") }

    /// What the storage is called in messages: its URL, or the program that knows it.
    package func place(home: FilePath) -> String {
        storage?.url.description ?? Self.directory(home: home).appending(program).string
    }

    /// The one place where connectors are made of what is configured. What can't work says why to whoever uses it.
    ///
    /// - Parameters:
    ///   - environment: Of the process.
    ///   - curl: For storage that is reached over a network.
    package func connector(home: FilePath, environment: [String: String], curl: CurlClient) -> any Connector {
        guard let storage else { return SerialConnector(program(home: home, environment: environment)) }
        do throws(ConfigurationStorage.MissingVariable) {
            switch storage.url.kind {
            case .directory: return DirectoryConnector(root: FilePath("/\(storage.url.path.joined(separator: "/"))"))
            case .webDAV: return WebDAVConnector(try storage.http(environment, timeout, curl))
            case .index: return IndexConnector(try storage.http(environment, timeout, curl))
            case .bucket: return try storage.bucket(environment, timeout, curl)
            case .sftp: return try storage.sftp(environment, timeout, home: home, isCandidate: isCandidate)
            case .ftp: return try storage.ftp(environment, timeout, isCandidate: isCandidate)
            }
        } catch {
            return RefusingConnector(ConnectorError(.failed, error.description))
        }
    }

    /// Whether a path may become a task: what is known of others need not be exact.
    private var isCandidate: @Sendable (String) -> Bool {
        let inbox = inbox ?? ""
        return { path in
            let name = RemotePath.name(of: path)
            return path == RemotePath.join(inbox, name) && DropName.isWanted(name) && TaskFormat(fileName: name) != nil
        }
    }

    /// The program that knows the storage, with what it is told.
    private func program(home: FilePath, environment: [String: String]) -> ProgramConnector {
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

extension ConfigurationStorage {
    fileprivate func http(
        _ environment: [String: String], _ timeout: Duration, _ curl: CurlClient
    ) throws(MissingVariable) -> StorageHTTP {
        var authorization = StorageAuthorization.none
        if let token = secrets[.tokenFile] {
            authorization = .bearer(token.revealed)
        } else if let user = settings[.user] {
            let password = try secret(file: .passwordFile, variable: .passwordVariable, environment: environment)
            authorization = .basic(CurlCredentials(user: user, password: password ?? ""))
        }
        return StorageHTTP(
            client: curl, url: url, isEncrypted: url.isEncrypted, authorization: authorization,
            caFile: settings[.caFile], timeout: timeout)
    }
}

extension DaemonProcess {
    /// For each connector a service that takes files from it, and one that puts results there.
    func connectorServices(
        _ spool: SpoolDirectory, observer: TaskObserver, node: NodeIdentity, reader: TaskSourceReader, curl: CurlClient
    ) throws(SpoolError) -> [any Service] {
        var services: [any Service] = []
        for remote in configuration.connectors {
            let storage = remote.connector(home: home, environment: environment, curl: curl)
            services.append(
                RemoteInboxService(
                    spool: spool, connector: storage, reader: reader, settings: settings(of: remote, node),
                    logger: logger))
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

    private func settings(of remote: ConfigurationRemote, _ node: NodeIdentity) -> RemoteInboxSettings {
        var settings = RemoteInboxSettings(
            name: remote.name, inbox: remote.inbox ?? "", files: remote.files, outbox: remote.outbox,
            workspace: (remote.workspace ?? configuration.defaultWorkspace)?.string, permissions: remote.permissions,
            verify: remote.verify, pollInterval: remote.pollInterval, settle: configuration.inbox.settle,
            fileBytes: configuration.limits.fileBytes, sharedAs: remote.isShared ? node.node : nil)
        settings.isReadOnly = remote.storage?.url.kind.isReadOnly ?? false
        return settings
    }
}
