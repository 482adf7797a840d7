package import JSON
import Spool
package import SystemPackage
import TaskSource
package import WebhookSources
import YAML

/// Somebody who may have tasks made by webhooks: an entry of `webhook_sources`.
package struct ConfigurationSource: Sendable, Hashable {
    /// Everything but secrets, as it was written.
    package var members = JSONObject()
    /// Those of ``secretFiles`` are filled in once everything has been read.
    package var secrets: [Secret] = []
    package var secretFiles: [FilePath] = []
    /// Nil where it was not given in a file.
    var line: Int?

    package var name: String { members["name"]?.string ?? "" }

    /// The source that this describes.
    package func source() throws(SourceFault) -> WebhookSource {
        try WebhookSource(configuration: members, secrets: secrets.map(\.revealed))
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.members == right.members && left.secrets == right.secrets && left.secretFiles == right.secretFiles
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(members)
        hasher.combine(secrets)
    }

    /// As it may be shown to anybody.
    var json: JSONValue {
        var object = members
        object["secret"] = .string(secrets.isEmpty && secretFiles.isEmpty ? "not set" : "set")
        return .object(object)
    }

    /// Reads one entry; nil after a problem has been noted.
    static func read(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String) -> Self? {
        guard let members = node.members else {
            reader.unexpected("a mapping with a name and a kind", node, part: part)
            return nil
        }
        var source = ConfigurationSource()
        if case .file = reader.origin { source.line = node.mark.line }
        for member in members {
            let (node, part) = (member.value, "\(part).\(member.key)")
            switch member.key {
            case "secret":
                for node in node.elements ?? [node] {
                    guard case .scalar(let text, _, _) = node.content, !text.hasControlCharacter, !text.isEmpty else {
                        reader.fault("should be a text of one line, or a list of them", at: node, part: part)
                        continue
                    }
                    reader.guardSecret(node, part: part)
                    source.secrets.append(Secret(text))
                }
            case "secret_file":
                source.secretFiles += (node.elements ?? [node]).compactMap { reader.path("a path", $0, part: part) }
            case "workspaces":
                var paths = JSONObject()
                for project in node.members ?? [] {
                    paths[project.key] = reader.path("a path", project.value, part: "\(part).\(project.key)")
                        .map { .string($0.string) }
                }
                source.members[member.key] = .object(paths)
            default: source.members[member.key] = node.json()
            }
        }
        return source
    }
}

extension ConfigurationKind where Value == [ConfigurationSource] {
    static var sources: Self {
        let expected = "a list of sources"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let elements = node.elements else {
                reader.unexpected(expected, node)
                return nil
            }
            return elements.enumerated().compactMap { index, element in
                ConfigurationSource.read(element, &reader, part: "\(index + 1)")
            }
        } show: {
            .array($0.map(\.json))
        }
    }
}

extension ConfigurationValues {
    /// Takes the secrets of sources from their files, and holds each source against what it must say.
    mutating func readSources() {
        let key = ConfigurationKeys.webhookSources
        var sources = self[key]
        guard !sources.isEmpty else { return }
        var names: Set<String> = []
        for index in sources.indices {
            for path in sources[index].secretFiles {
                switch SecretFile.read(path) {
                case .success(let secret): sources[index].secrets.append(secret)
                case .failure(let fault): report("secret_file", fault.message, index, sources[index])
                }
            }
            if !names.insert(sources[index].name).inserted {
                report("name", "is that of another source", index, sources[index])
            }
            do throws(SourceFault) {
                _ = try sources[index].source()
            } catch {
                report(nil, error.message, index, sources[index])
            }
        }
        set(key, sources, from: origin(of: key.name))
    }

    private mutating func report(_ member: String?, _ message: String, _ index: Int, _ source: ConfigurationSource) {
        let key = ConfigurationKeys.webhookSources.name
        var place = origin(of: key)
        if case .file(let file, _) = place { place = .file(file, line: source.line) }
        let part = member.map { ".\($0)" } ?? ""
        problems.add(
            ConfigurationProblem(origin: place, key: "\(key).\(index + 1)\(part)", message: message))
    }
}
