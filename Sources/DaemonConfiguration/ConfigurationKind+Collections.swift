import JSON
import Spool
import SystemPackage
import TaskSource
import YAML

extension ConfigurationKind where Value == [String] {
    static func texts(_ expected: String) -> Self {
        Self(expected: expected, shape: .list) { node, reader in
            ConfigurationList.read(expected, node, &reader) { element, part, reader in
                reader.text("a text", element, part: part)
            }
        } show: {
            JSONValue($0)
        }
    }

    /// URLs of webhooks, whose paths are not shown.
    static var webhookURLs: Self {
        let expected = "a list of URLs"
        return Self(expected: expected, shape: .list) { node, reader in
            ConfigurationList.read(expected, node, &reader) { element, part, reader in
                ConfigurationURL.webhook(element, &reader, part: part)
            }
        } show: {
            JSONValue($0.map(ConfigurationURL.withoutPath))
        }
    }

    /// Names of events, or `*` for all.
    static var events: Self {
        let expected = "a list of events"
        return Self(expected: expected, shape: .list) { node, reader in
            ConfigurationWebhook.events(node, &reader, part: nil)
        } show: {
            JSONValue($0)
        }
    }
}

extension ConfigurationKind where Value == [Double] {
    /// Waits in seconds, at least one.
    static var secondsList: Self {
        let expected = "a list of seconds"
        return Self(expected: expected, shape: .list) { node, reader in
            let values = ConfigurationList.read(expected, node, &reader) { element, part, reader -> Double? in
                let one = "a number of seconds from 0.01 to 604800"
                guard let text = reader.text(one, element, part: part) else { return nil }
                if let value = Double(text), (0.01...604_800).contains(value) { return value }
                reader.unexpected(one, element, part: part)
                return nil
            }
            guard let values, values.isEmpty else { return values }
            reader.fault("names no wait; name one, or remove it", at: node)
            return nil
        } show: {
            .array($0.map { value -> JSONValue in Int(exactly: value).map(JSONValue.int) ?? .double(value) })
        }
    }
}

extension ConfigurationKind where Value == [FilePath] {
    /// Directories, at least one: an empty list would look like a restriction and be none.
    static var directories: Self {
        let expected = "a list of directories"
        return Self(expected: expected, shape: .list) { node, reader in
            guard
                let paths = ConfigurationList.read(
                    expected, node, &reader,
                    element: { element, part, reader in reader.path("a path", element, part: part) }
                )
            else { return nil }
            if !paths.isEmpty { return paths }
            reader.fault("names no directory; name one, or remove it to allow every workspace", at: node)
            return nil
        } show: {
            JSONValue($0.map(\.string))
        }
    }
}

extension ConfigurationKind where Value == AskPolicy {
    static var permissions: Self {
        let expected = "allow, ask or deny, or a mapping of permission names to them"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let members = node.members else {
                guard let text = reader.text(expected, node) else { return nil }
                if let policy = try? AskPolicy(json: .string(text)) { return policy }
                reader.unexpected(expected, node)
                return nil
            }
            var object = JSONObject()
            for member in members {
                guard let text = reader.text("one of allow, ask, deny", member.value, part: member.key) else {
                    continue
                }
                object[member.key] = .string(text)
                if AskPolicy.Rule(rawValue: text) == nil {
                    reader.unexpected("one of allow, ask, deny", member.value, part: member.key)
                }
            }
            // A wrong member has been noted by now, with its line.
            return try? AskPolicy(json: .object(object))
        } show: {
            $0.json
        }
    }
}

/// A folder of the inbox and the workspace that its tasks work in.
struct ConfigurationProject: Sendable, Equatable {
    var name: String
    var path: FilePath
    /// Who works there.
    var choice = Configuration.ModelChoice()
    /// What is checked of every task there.
    var verify: [ConfigurationVerifyEntry] = []
    /// Nil where it was not given in a file.
    var line: Int?

    static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.path == right.path && left.choice == right.choice
            && left.verify == right.verify
    }

    var json: JSONValue {
        if choice == Configuration.ModelChoice(), verify.isEmpty { return .string(path.string) }
        var object: JSONObject = ["path": .string(path.string)]
        object["model"] = choice.model.map { .string($0) }
        object["agent"] = choice.agent.map { .string($0) }
        object["variant"] = choice.variant.map { .string($0) }
        if !verify.isEmpty { object["verify"] = .array(verify.map(\.value)) }
        return .object(object)
    }
}

extension ConfigurationKind where Value == [ConfigurationProject] {
    /// `{PROJECT: /abs}` or `{PROJECT: {path: /abs, model: …, agent: …, variant: …, verify: […]}}`.
    static var projects: Self {
        let expected = "a mapping of projects to directories"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let members = node.members else {
                reader.unexpected(expected, node)
                return nil
            }
            var projects: [ConfigurationProject] = []
            for member in members {
                guard isFolderName(member.key) else {
                    reader.fault(
                        "should be the name of a folder in the inbox: no slash, and no dot in front",
                        at: YAMLNode(member.value.content, mark: member.mark),
                        part: member.key.isEmpty ? "\"\"" : member.key
                    )
                    continue
                }
                guard var project = project(member, &reader) else { continue }
                if case .file = reader.origin { project.line = member.mark.line }
                projects.append(project)
            }
            return projects
        } show: { projects in
            var object = JSONObject()
            for project in projects { object[project.name] = project.json }
            return .object(object)
        }
    }

    private static func project(_ member: YAMLMember, _ reader: inout ConfigurationReader) -> ConfigurationProject? {
        let expected = "the path of a directory"
        guard let inner = member.value.members else {
            return reader.path(expected, member.value, part: member.key).map {
                ConfigurationProject(name: member.key, path: $0)
            }
        }
        var path: FilePath?
        var choice = Configuration.ModelChoice()
        var verify: [ConfigurationVerifyEntry] = []
        for setting in inner {
            let part = "\(member.key).\(setting.key)"
            switch setting.key {
            case "path": path = reader.path(expected, setting.value, part: part)
            case "model":
                choice.model = reader.text("a model, written PROVIDER/MODEL", setting.value, part: part)
                if let model = choice.model, !model.contains("/") {
                    reader.unexpected("a model, written PROVIDER/MODEL", setting.value, part: part)
                }
            case "agent": choice.agent = reader.text("the name of an agent", setting.value, part: part)
            case "variant": choice.variant = reader.text("the name of a variant", setting.value, part: part)
            case "verify":
                verify = (setting.value.elements ?? [setting.value]).map {
                    ConfigurationVerifyEntry(value: $0.json(), line: $0.mark.line)
                }
            default:
                reader.fault(
                    "unknown key; known are path, model, agent, variant, verify",
                    at: YAMLNode(setting.value.content, mark: setting.mark), part: part)
            }
        }
        if path == nil, inner.allSatisfy({ $0.key != "path" }) {
            reader.fault("has no path", at: member.value, part: member.key)
        }
        return path.map { ConfigurationProject(name: member.key, path: $0, choice: choice, verify: verify) }
    }

    private static func isFolderName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/")) && !name.hasControlCharacter
            && name.utf8.count <= 255
    }
}

/// What the constructor of a connector is given, as far as it matters here.
struct ConnectorArguments: Sendable, Equatable {
    var values = JSONObject()
    /// `root`, the directory that OpenLoom 0.17's own connector reads from.
    var root: FilePath?
}

extension ConfigurationKind where Value == ConnectorArguments {
    static var connectorArguments: Self {
        let expected = "a mapping"
        return Self(expected: expected, shape: .yaml) { node, reader in
            var arguments = ConnectorArguments(values: ConfigurationRemote.arguments(node, &reader, part: nil))
            if let root = node.members?.first(where: { $0.key == "root" }) {
                arguments.root = reader.path("a path", root.value, part: "root")
            }
            return arguments
        } show: {
            // The values may hold keys and passwords.
            JSONValue($0.values.map(\.name))
        }
    }
}

/// What all lists have in common.
enum ConfigurationList {
    /// Reads the elements of a list; a single scalar is a list of one, or of several separated by commas.
    static func read<Element>(
        _ expected: String, _ node: YAMLNode, _ reader: inout ConfigurationReader, part: String? = nil,
        element: (YAMLNode, String, inout ConfigurationReader) -> Element?
    ) -> [Element]? {
        var nodes = node.elements
        if nodes == nil, case .scalar(let text, _, _) = node.content, node.scalar != .null {
            nodes = text.split(separator: ",").map { ConfigurationReader.trim(String($0)) }.filter { !$0.isEmpty }
                .map { YAMLNode(.scalar(text: $0, isPlain: false, tag: nil), mark: node.mark) }
        }
        guard let nodes else {
            reader.unexpected(expected, node, part: part)
            return nil
        }
        var elements: [Element] = []
        for (index, node) in nodes.enumerated() {
            let name = (part.map { "\($0)." } ?? "") + "\(index + 1)"
            if let value = element(node, name, &reader) { elements.append(value) }
        }
        return elements
    }
}
