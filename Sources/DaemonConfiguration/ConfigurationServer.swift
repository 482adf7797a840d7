import Curl
import JSON
package import SystemPackage
import YAML

/// One of several OpenCode servers.
package struct ConfigurationServer: Sendable, Hashable {
    /// Without a slash at its end.
    package var url: String
    /// Directories in which the workspaces of its tasks lie; empty for all.
    package var workspaces: [FilePath] = []
    /// Tasks that work there at once; nil leaves it to `harness.max_running`.
    package var maxRunning: Int?
    package var username: String?
    package var passwordFile: FilePath?
    /// Filled in from the file once everything has been read.
    package var password: Secret?
    /// Nil where it was not given in a file.
    var line: Int?

    var json: JSONValue {
        var object: JSONObject = ["url": .string(url)]
        if !workspaces.isEmpty { object["workspaces"] = JSONValue(workspaces.map(\.string)) }
        object["max_running"] = maxRunning.map { .int($0) }
        object["username"] = username.map { .string($0) }
        object["password_file"] = passwordFile.map { .string($0.string) }
        return .object(object)
    }
}

extension ConfigurationServer {
    private static let members = ["url", "workspaces", "max_running", "username", "password_file"]

    /// Reads one entry; nil after a problem has been noted.
    static func read(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String) -> Self? {
        guard let members = node.members else {
            reader.unexpected("a mapping with a url", node, part: part)
            return nil
        }
        var server = ConfigurationServer(url: "")
        if case .file = reader.origin { server.line = node.mark.line }
        for member in members { server.set(member, &reader, part: "\(part).\(member.key)") }
        if node["url"] == nil { reader.fault("has no url", at: node, part: part) }
        return server.url.isEmpty ? nil : server
    }

    private mutating func set(_ member: YAMLMember, _ reader: inout ConfigurationReader, part: String) {
        let node = member.value
        switch member.key {
        case "url":
            guard let text = reader.text(HTTPAddress.expected, node, part: part) else { return }
            do throws(HTTPAddress.Fault) {
                url = try ConfigurationURL.root(text)
            } catch {
                reader.fault(error.message, at: node, part: part)
            }
        case "workspaces":
            let paths = ConfigurationList.read("a list of directories", node, &reader, part: part) {
                element, part, reader in reader.path("a path", element, part: part)
            }
            workspaces = paths ?? []
            if paths?.isEmpty == true {
                reader.fault("names no directory; name one, or remove it for every workspace", at: node, part: part)
            }
        case "max_running":
            if case .int(let count)? = node.scalar, (1...1000).contains(count) {
                maxRunning = count
            } else {
                reader.unexpected("a whole number from 1 to 1000", node, part: part)
            }
        case "username": username = reader.text("a name", node, part: part)
        case "password_file": passwordFile = reader.path("a path", node, part: part)
        case "password":
            reader.fault(
                "a password does not belong in this file: write it into a file of mode 0600, and name that with "
                    + "password_file", at: node, part: part)
        default:
            let hint = NearestName.find(member.key, in: Self.members).map { "; did you mean \($0)?" }
            reader.fault(
                "unknown key" + (hint ?? "; known are \(Self.members.joined(separator: ", "))"),
                at: YAMLNode(node.content, mark: member.mark), part: part)
        }
    }
}

extension ConfigurationKind where Value == [ConfigurationServer] {
    static var servers: Self {
        let expected = "a list of servers"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let elements = node.elements else {
                reader.unexpected(expected, node)
                return nil
            }
            var servers: [ConfigurationServer] = []
            for (index, element) in elements.enumerated() {
                guard let server = ConfigurationServer.read(element, &reader, part: "\(index + 1)") else { continue }
                if servers.contains(where: { $0.url == server.url }) {
                    reader.fault("names \(server.url) a second time", at: element, part: "\(index + 1)")
                    continue
                }
                servers.append(server)
            }
            return servers
        } show: {
            .array($0.map(\.json))
        }
    }
}
