import SystemPackage
import YAML

/// What OpenLoom 0.17's `storage.class` means for the inbox, the outbox and the archive.
///
/// There, `storage.inbox` is a path in the connector's storage, and so are the others. Its own connector for directories needs no connector
/// here: its inbox is a directory that we watch. That of any other connector is no directory of this machine.
struct ConfigurationConnector {
    static let directoryClass = "openloom.levels.storage.fs.FilesystemConnector"
    /// Below the root, if nothing is said.
    static let directoryInbox = "tasks/incoming"

    /// The inbox if none is given; nil for the usual one.
    private(set) var inbox: FilePath?
    /// Keys of connectors that have an effect after all.
    private(set) var usedKeys: Set<String> = []
    private var root: FilePath?

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
            for name in Self.places {
                for candidate in candidates[name] ?? [] where isOfConnector(candidate) {
                    sources.warn(
                        "\(candidate.spelling.name) (\(candidate.place)) names a place in the storage of a connector, "
                            + "which this version has not yet; \(name) names a directory"
                    )
                }
                sources.remove(from: name, where: isOfConnector)
            }
            return
        }
        let arguments = Keys.connectorArguments.resolve(candidates[Keys.connectorArguments.name] ?? [], &ignored)
        guard let root = (arguments?.value as? ConnectorArguments)?.root else { return }
        self.root = root
        inbox = root.appending(Self.directoryInbox)
        usedKeys = [Keys.connectorClass.name, Keys.connectorArguments.name]
        for name in Self.places { sources.setDirectory(root, of: name, where: isOfConnector) }
    }

    private static let places = [
        ConfigurationKeys.inboxPath.name, ConfigurationKeys.resultOutbox.name, ConfigurationKeys.resultArchive.name,
    ]

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
