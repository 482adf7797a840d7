import Connectors
package import JSON
import RemoteStorage
package import Spool
package import SystemPackage
import TaskSource
import YAML

/// Storage that task files come from, and results go to: a member of `connectors`.
package struct ConfigurationRemote: Sendable, Hashable {
    package var name: String
    /// Where the storage is, if no program is needed to reach it.
    package var storage: ConfigurationStorage?
    /// The name of a program in `~/.openloom/connectors`; empty for storage with a URL.
    package var program = ""
    /// What the program is given before the operation.
    package var arguments: [String] = []
    /// A class that was written for OpenLoom 0.17, and what its constructor is given.
    package var className: String?
    package var classArguments = JSONObject()
    /// Variables of ours that the program gets besides the usual ones.
    package var variables: [String] = []
    package var inbox: String?
    /// Paths that are looked at instead of the inbox.
    package var files: [String] = []
    package var outbox: String?
    package var archive: String?
    package var workspace: FilePath?
    package var permissions: AskPolicy?
    /// Filled in once the named checks are known.
    package var verify: [VerifyCheck] = []
    /// Whether other daemons, with spools of their own, may look at the inbox; nil for what is usual.
    var shared: Bool?
    package var pollInterval = Duration.seconds(10)
    package var timeout = Duration.seconds(60)
    var verifyEntries: [ConfigurationVerifyEntry] = []
    /// Members that only storage with a URL may have, until the URL is known.
    var storageMembers: [YAMLMember] = []
    var hasFaultyURL = false
    /// Nil where it was not given in a file.
    var line: Int?

    /// The program that runs classes of OpenLoom 0.17.
    package static let bridge = "python-bridge"
    /// The name of the connector that OpenLoom 0.17's own keys describe.
    static let oldName = "storage"

    package static func == (left: Self, right: Self) -> Bool { left.json == right.json }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Whether files are claimed before they are taken: usual for storage with a URL that can be written to.
    package var isShared: Bool { shared ?? (storage.map { !$0.url.kind.isReadOnly } ?? false) }

    /// As it may be shown to anybody: what a class is given may hold keys and passwords.
    var json: JSONValue {
        var object: JSONObject = [:]
        if let storage {
            object["url"] = .string(storage.url.description)
            for member in ConfigurationStorage.Member.allCases {
                object[member.rawValue] = storage.settings[member].map { .string($0) }
            }
        } else {
            object["program"] = .string(program)
        }
        if !arguments.isEmpty { object["args"] = JSONValue(arguments) }
        object["class"] = className.map { .string($0) }
        if !classArguments.isEmpty { object["kwargs"] = .array(classArguments.map { .string($0.name) }) }
        if !variables.isEmpty { object["env"] = JSONValue(variables) }
        object["inbox"] = inbox.map { .string($0) }
        if !files.isEmpty { object["files"] = JSONValue(files) }
        object["outbox"] = outbox.map { .string($0) }
        object["archive"] = archive.map { .string($0) }
        object["workspace"] = workspace.map { .string($0.string) }
        object["permissions"] = permissions.map(\.json)
        if !verifyEntries.isEmpty { object["verify"] = .array(verifyEntries.map(\.value)) }
        object["shared"] = .bool(isShared)
        object["poll_interval_s"] = .seconds(pollInterval)
        object["timeout_s"] = .seconds(timeout)
        return .object(object)
    }

    /// Reads one entry; nil after a problem has been noted.
    static func read(_ member: YAMLMember, _ reader: inout ConfigurationReader) -> Self? {
        let key = YAMLNode(member.value.content, mark: member.mark)
        guard isName(member.key) else {
            reader.fault(
                "should be named with letters, digits and ._-, at most 64, none of ._- in front", at: key,
                part: member.key.isEmpty ? "\"\"" : member.key)
            return nil
        }
        guard let members = member.value.members else {
            reader.unexpected("a mapping with a url, a program or a class", member.value, part: member.key)
            return nil
        }
        var remote = ConfigurationRemote(name: member.key)
        if case .file = reader.origin { remote.line = member.mark.line }
        for setting in members { remote.set(setting, &reader, part: "\(member.key).\(setting.key)") }
        remote.complete(key, &reader)
        return remote
    }

    /// Also a name for a directory.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count) else { return false }
        let isPlain: (UInt8) -> Bool = {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        return isPlain(first) && name.utf8.allSatisfy { isPlain($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    private static let members = [
        "url", "program", "args", "class", "kwargs", "env", "inbox", "files", "outbox", "archive", "workspace",
        "permissions", "verify", "shared", "poll_interval_s", "timeout_s",
    ]
    private static let allMembers = members + ConfigurationStorage.Member.allCases.map(\.rawValue)

    private mutating func set(_ member: YAMLMember, _ reader: inout ConfigurationReader, part: String) {
        let node = member.value
        func texts(_ expected: String) -> [String] {
            ConfigurationList.read("a list", node, &reader, part: part) { node, part, reader in
                reader.text(expected, node, part: part)
            } ?? []
        }
        switch member.key {
        case "url":
            guard case .scalar(let text, _, _) = node.content else {
                return reader.unexpected("a URL", node, part: part)
            }
            do throws(StorageURL.Fault) {
                storage = ConfigurationStorage(url: try StorageURL(ConfigurationReader.trim(text)))
            } catch {
                // There may be a password in it: it is not quoted.
                reader.fault(error.message, at: node, part: part)
                hasFaultyURL = true
            }
        case _ where ConfigurationStorage.Member(rawValue: member.key) != nil: storageMembers.append(member)
        case "program":
            guard let text = reader.text("the name of a program", node, part: part) else { return }
            program = text
            if !Self.isName(text) {
                reader.fault(
                    "should be the name of a program in ~/.openloom/connectors, no path: letters, digits and ._-",
                    at: node, part: part)
            }
        case "args": arguments = texts("an argument")
        case "class": className = reader.text("a class, written MODULE.CLASS", node, part: part)
        case "kwargs": classArguments = Self.arguments(node, &reader, part: part)
        case "env": variables = texts("the name of a variable")
        case "inbox": inbox = reader.text("a directory of the storage", node, part: part)
        case "files": files = texts("a path in the storage")
        case "outbox": outbox = reader.text("a directory of the storage", node, part: part)
        case "archive": archive = reader.text("a directory of the storage", node, part: part)
        case "workspace": workspace = reader.path("the path of a directory", node, part: part)
        case "permissions": permissions = ConfigurationKind<AskPolicy>.permissions.read(node, &reader)
        case "verify":
            verifyEntries = (node.elements ?? [node]).map {
                ConfigurationVerifyEntry(value: $0.json(), line: $0.mark.line)
            }
        case "shared":
            if case .bool(let value)? = node.scalar {
                shared = value
            } else {
                reader.unexpected("true or false", node, part: part)
            }
        case "poll_interval_s":
            pollInterval = ConfigurationKind<Duration>.seconds(0.1...86_400).read(node, &reader) ?? pollInterval
        case "timeout_s": timeout = ConfigurationKind<Duration>.seconds(0.1...3600).read(node, &reader) ?? timeout
        default:
            let hint = NearestName.find(member.key, in: Self.allMembers).map { "; did you mean \($0)?" }
            reader.fault(
                "unknown key" + (hint ?? "; known are \(Self.allMembers.joined(separator: ", "))"),
                at: YAMLNode(node.content, mark: member.mark), part: part)
        }
    }

    static func arguments(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String?) -> JSONObject {
        guard let members = node.members else {
            reader.unexpected("a mapping", node, part: part)
            return [:]
        }
        var arguments = JSONObject()
        for member in members {
            let place = part.map { "\($0).\(member.key)" } ?? member.key
            if ConfigurationWebhook.looksSecret(member.key) { reader.guardSecret(member.value, part: place) }
            arguments[member.key] = member.value.json()
        }
        return arguments
    }

    /// `in`, `in/` and `./in` are one directory.
    private static func components(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }

    private mutating func complete(_ node: YAMLNode, _ reader: inout ConfigurationReader) {
        if storage != nil { return completeStorage(node, &reader) }
        if hasFaultyURL { return }
        for member in storageMembers {
            reader.fault(
                "is for storage with a url; a program is given args", at: member.value, part: "\(name).\(member.key)")
        }
        if className != nil, program.isEmpty { program = Self.bridge }
        if program.isEmpty { reader.fault("has neither a url, nor a program, nor a class", at: node, part: name) }
        if className == nil, !classArguments.isEmpty {
            reader.fault("has kwargs, which are a class's; a program is given args", at: node, part: name)
        }
        if inbox == nil, files.isEmpty {
            reader.fault("has no inbox, the directory that is looked at", at: node, part: name)
        }
        if !files.isEmpty, inbox != nil || outbox != nil || archive != nil {
            reader.fault(
                "has files, which are only read; remove inbox, outbox and archive, or files", at: node, part: name)
        }
        if !files.isEmpty, shared == true {
            reader.fault("has files, which are only read: they can't be shared", at: node, part: name)
        }
        checkArchive(node, &reader)
    }

    private func checkArchive(_ node: YAMLNode, _ reader: inout ConfigurationReader) {
        guard let archive, let inbox, Self.components(archive) == Self.components(inbox) else { return }
        reader.fault("has the inbox as its archive, where every file becomes a task", at: node, part: name)
    }

    /// Storage with a URL: nothing of a program's, and directories beneath the URL's.
    private mutating func completeStorage(_ node: YAMLNode, _ reader: inout ConfigurationReader) {
        guard let url = storage?.url else { return }
        storage = ConfigurationStorage.read(url, storageMembers, at: node, &reader, part: name)
        if !program.isEmpty || className != nil || !arguments.isEmpty || !classArguments.isEmpty || !variables.isEmpty {
            reader.fault(
                "has a url, which needs no program; remove program, args, class, kwargs and env, or url", at: node,
                part: name)
        }
        if !files.isEmpty { reader.fault("has files, which are a program's; give an inbox", at: node, part: name) }
        if url.kind.isReadOnly, outbox != nil || archive != nil {
            reader.fault("is only read by \(url.scheme); remove outbox and archive", at: node, part: name)
        }
        if url.kind.isReadOnly, shared == true {
            reader.fault("is only read by \(url.scheme), so it can't be shared", at: node, part: name)
        }
        inbox = directory(inbox ?? "", "inbox", node, &reader)
        outbox = outbox.map { directory($0, "outbox", node, &reader) }
        archive = archive.map { directory($0, "archive", node, &reader) }
        checkArchive(node, &reader)
    }

    /// In one spelling, so that `in`, `./in` and `in/` are the same paths.
    private func directory(
        _ text: String, _ key: String, _ node: YAMLNode, _ reader: inout ConfigurationReader
    ) -> String {
        do throws(ConnectorError) {
            return try StoragePath.components(text).joined(separator: "/")
        } catch {
            reader.fault("should be a directory beneath the url's, without ..", at: node, part: "\(name).\(key)")
            return text
        }
    }
}

extension ConfigurationKind where Value == [ConfigurationRemote] {
    static var connectors: Self {
        let expected = "a mapping of names to connectors"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let members = node.members else {
                reader.unexpected(expected, node)
                return nil
            }
            return members.compactMap { ConfigurationRemote.read($0, &reader) }
        } show: { remotes in
            var object = JSONObject()
            for remote in remotes { object[remote.name] = remote.json }
            return .object(object)
        }
    }
}

extension ConfigurationValues {
    /// Looks up the named checks of connectors, reads the files of secrets, and notes what is wrong with any.
    mutating func readConnectors() {
        typealias Keys = ConfigurationKeys
        var remotes = self[Keys.connectors]
        guard !remotes.isEmpty else { return }
        let named = Dictionary(self[Keys.checks].map { ($0.name, $0.check) }, uniquingKeysWith: { first, _ in first })
        let reader = VerifyReader(named: named)
        for index in remotes.indices {
            for (member, message) in remotes[index].storage?.readSecrets() ?? [] {
                var place = origin(of: Keys.connectors.name)
                if case .file(let file, _) = place { place = .file(file, line: remotes[index].line) }
                problems.add(
                    ConfigurationProblem(
                        origin: place, key: "connectors.\(remotes[index].name).\(member.rawValue)", message: message))
            }
            for (number, entry) in remotes[index].verifyEntries.enumerated() {
                do throws(VerifyReader.Fault) {
                    var check = try reader.check(entry.value)
                    check.source = .workspace
                    remotes[index].verify.append(check)
                } catch {
                    var origin = origin(of: Keys.connectors.name)
                    if case .file(let path, _) = origin { origin = .file(path, line: entry.line) }
                    problems.add(
                        ConfigurationProblem(
                            origin: origin, key: "connectors.\(remotes[index].name).verify.\(number + 1)",
                            message: error.message))
                }
            }
        }
        set(Keys.connectors, remotes, from: origin(of: Keys.connectors.name))
    }
}
