import SystemPackage
import YAML

/// What OpenLoom 0.17's `storage.class` means for the inbox, the outbox and the archive.
///
/// There, `storage.inbox` is a path in the connector's storage, and so are the others. Its own connector for directories needs no connector
/// here: its inbox is a directory that we watch. Any other class is run by the bridge, as a connector like those of
/// `connectors`.
struct ConfigurationConnector {
    static let directoryClass = "openloom.levels.storage.fs.FilesystemConnector"
    /// Below the root, if nothing is said.
    static let directoryInbox = "tasks/incoming"

    /// The inbox if none is given; nil for the usual one.
    private(set) var inbox: FilePath?
    /// What keys of connectors come to, where they have an effect.
    private(set) var usedKeys: [String: String] = [:]
    private var root: FilePath?
    private var className: String?
    /// Places in the connector's storage, by the key that names a directory otherwise.
    private var remotePlaces: [String: String] = [:]
    private static let keys = [ConfigurationKeys.connectorClass.name, ConfigurationKeys.connectorArguments.name]

    /// Changes how the names of the inbox in `sources` are read.
    init(_ sources: inout ConfigurationSources) {
        typealias Keys = ConfigurationKeys
        // What is wrong with these two is noted when all keys are read.
        var ignored = ConfigurationProblems()
        let candidates = sources.candidates
        let className = Keys.connectorClass.resolve(candidates[Keys.connectorClass.name] ?? [], &ignored)
        guard let className = className?.value as? String else { return }
        let isOfConnector: (ConfigurationCandidate) -> Bool = { $0.spelling.name.hasPrefix("storage.") }

        guard className == Self.directoryClass else {
            self.className = className
            for name in Self.places {
                for candidate in candidates[name] ?? [] where isOfConnector(candidate) {
                    // The short form is read as the long one.
                    let node = candidate.node.members?.first { $0.key == "inbox" }?.value ?? candidate.node
                    guard case .scalar(let text, _, _) = node.content, !text.isEmpty else { continue }
                    remotePlaces[name] = text
                }
                sources.remove(from: name, where: isOfConnector)
            }
            for key in Self.keys { usedKeys[key] = "is the connector \(ConfigurationRemote.oldName)" }
            return
        }
        let arguments = Keys.connectorArguments.resolve(candidates[Keys.connectorArguments.name] ?? [], &ignored)
        guard let root = (arguments?.value as? ConnectorArguments)?.root else { return }
        self.root = root
        inbox = root.appending(Self.directoryInbox)
        for key in Self.keys { usedKeys[key] = "its directory is watched, without a connector" }
        for name in Self.places { sources.setDirectory(root, of: name, where: isOfConnector) }
    }

    private static let places = [
        ConfigurationKeys.inboxPath.name, ConfigurationKeys.resultOutbox.name, ConfigurationKeys.resultArchive.name,
    ]

    /// Adds the connector that a class makes to those of `connectors`.
    func add(to values: inout ConfigurationValues) {
        typealias Keys = ConfigurationKeys
        guard let className else { return }
        var remotes = values[Keys.connectors]
        if remotes.contains(where: { $0.name == ConfigurationRemote.oldName }) {
            values.addProblem(
                Keys.connectorClass.name,
                "makes the connector \(ConfigurationRemote.oldName), which connectors describes as well; keep one")
            return
        }
        var remote = ConfigurationRemote(name: ConfigurationRemote.oldName, program: ConfigurationRemote.bridge)
        remote.className = className
        remote.classArguments = values[Keys.connectorArguments].values
        remote.files = values[Keys.connectorFiles]
        remote.workspace = values[Keys.inboxWorkspace]
        if values.origin(of: Keys.inboxPollInterval.name) != .standard {
            remote.pollInterval = values[Keys.inboxPollInterval]
        }
        if remote.files.isEmpty {
            // OpenLoom 0.17's defaults.
            remote.inbox = remotePlaces[Keys.inboxPath.name] ?? "/tasks/incoming"
            remote.outbox = remotePlaces[Keys.resultOutbox.name] ?? "/tasks/results"
            remote.archive = remotePlaces[Keys.resultArchive.name]
        }
        if remote.archive == remote.inbox, remote.inbox != nil {
            values.addProblem(
                Keys.connectorClass.name, "has the inbox as its archive, where every file becomes a task")
        }
        remotes.append(remote)
        values.set(Keys.connectors, remotes, from: values.origin(of: Keys.connectorClass.name))
    }

    /// Refuses places that lead out of the connector's root.
    func check(_ values: inout ConfigurationValues) {
        typealias Keys = ConfigurationKeys
        for key in [Keys.inboxPath, Keys.resultOutbox, Keys.resultArchive] {
            guard let root, let path = values[key], values.outcomes[key.name]?.otherName != nil,
                !path.starts(with: root)
            else { continue }
            values.addProblem(key.name, "\(path) is not in \(root), the root that storage.kwargs names")
        }
    }
}

extension ConfigurationCandidate {
    /// Where the value stands.
    var place: ConfigurationOrigin {
        guard case .file(let path, _) = reader.origin else { return reader.origin }
        return .file(path, line: node.mark.line)
    }
}
