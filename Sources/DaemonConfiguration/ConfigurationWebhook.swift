package import JSON
package import Spool
package import SystemPackage
import YAML

/// An endpoint that wants to hear of tasks: an entry of OpenLoom 0.17's `notify.webhook`, with more members.
package struct ConfigurationWebhook: Sendable, Hashable {
    package var url: String
    /// Nil where one is made of the URL.
    package var name: EndpointName?
    /// Names of events; `*` is all of them.
    package var events = ["*"]
    package var timeout = Duration.seconds(3)
    package var headers: [String: String] = [:]
    /// The current one first. Those of ``secretFiles`` are filled in once everything has been read.
    package var secrets: [Secret] = []
    package var secretFiles: [FilePath] = []
    package var maxRetries = Self.standardRetries
    package var format = WebhookFormat.openloom
    package var allowsPrivate = false
    /// Nil where it was not given in a file.
    var line: Int?

    /// As many as the standard schedule has waits: three days.
    package static let standardRetries = 9

    package static let eventNames = TaskNotification.kinds.map(\.rawValue)

    /// The kinds of events that it hears of.
    package var kinds: Set<TaskEvent.Kind> {
        events.contains("*")
            ? Set(TaskNotification.kinds) : Set(events.compactMap(TaskEvent.Kind.init(rawValue:)))
    }

    package static func == (left: Self, right: Self) -> Bool { left.identity == right.identity }
    package func hash(into hasher: inout Hasher) { hasher.combine(identity) }

    /// Everything but the line.
    private var identity: [AnyHashable] {
        [
            AnyHashable(url), AnyHashable(name), AnyHashable(events), AnyHashable(timeout), AnyHashable(headers),
            AnyHashable(secrets), AnyHashable(secretFiles), AnyHashable(maxRetries), AnyHashable(format),
            AnyHashable(allowsPrivate),
        ]
    }

    /// As it may be shown to anybody.
    package var json: JSONValue {
        [
            "url": .string(ConfigurationURL.withoutPath(url)),
            "name": JSONValue(name?.rawValue),
            "events": JSONValue(events),
            "timeout_s": .seconds(timeout),
            "headers": JSONValue(headers.keys.sorted()),
            "secret": .string(secrets.isEmpty && secretFiles.isEmpty ? "not set" : "set"),
            "max_retries": .int(maxRetries),
            "format": .string(format.rawValue),
            "allow_private": .bool(allowsPrivate),
        ]
    }
}

extension ConfigurationWebhook {
    static let members = [
        "url", "name", "events", "secret", "signing_secret", "secret_file", "headers", "timeout_s", "timeout_seconds",
        "max_retries", "format", "allow_private",
    ]
    /// What openloom itself calls the endpoint of `bus.webhook_url`, and those that tasks name.
    static let busName = EndpointName("bus")
    private static let taskPrefix = "task-"

    static func events(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String?) -> [String]? {
        let expected = "one of *, " + eventNames.joined(separator: ", ")
        let names = ConfigurationList.read("a list of events", node, &reader, part: part) {
            element, part, reader -> String? in
            guard let name = reader.text(expected, element, part: part) else { return nil }
            if name == "*" || eventNames.contains(name) { return name }
            reader.unexpected(expected, element, part: part)
            return nil
        }
        return names.map { $0.isEmpty ? ["*"] : $0 }
    }

    /// Whether something of this name is likely to hold what strangers must not read.
    static func looksSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["authorization", "token", "secret", "password", "api_key", "api-key", "apikey", "cookie"]
            .contains { name.contains($0) }
    }

    /// Reads one entry; nil after a problem has been noted.
    static func read(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String) -> Self? {
        guard let members = node.members else {
            reader.unexpected("a mapping with a url", node, part: part)
            return nil
        }
        var webhook = ConfigurationWebhook(url: "")
        if case .file = reader.origin { webhook.line = node.mark.line }
        if node["secret"] != nil, node["signing_secret"] != nil {
            reader.fault("has a secret and a signing_secret, which are the same; keep one", at: node, part: part)
        }
        for member in members {
            webhook.set(member, &reader, part: "\(part).\(member.key)")
        }
        if node["url"] == nil { reader.fault("has no url", at: node, part: part) }
        return webhook.url.isEmpty ? nil : webhook
    }

    private mutating func set(_ member: YAMLMember, _ reader: inout ConfigurationReader, part: String) {
        let node = member.value
        // As in OpenLoom 0.17, an empty value is the same as none.
        let isEmpty = node.scalar == .null || node.scalar == .string("")
        switch member.key {
        case "url": url = ConfigurationURL.webhook(node, &reader, part: part) ?? ""
        case _ where isEmpty && Self.members.contains(member.key): break
        case "events": events = Self.events(node, &reader, part: part) ?? events
        case "name":
            guard let text = reader.text("a name", node, part: part) else { return }
            name = EndpointName(text)
            if name == nil || name == Self.busName || text.hasPrefix(Self.taskPrefix) {
                reader.unexpected(
                    "a name of letters, digits and ._- that is not bus and does not begin with task-", node, part: part)
            }
        case "timeout_s", "timeout_seconds":
            if let seconds = node.scalar?.number, (0.1...300).contains(seconds) {
                timeout = .seconds(seconds)
            } else {
                reader.unexpected("a number of seconds from 0.1 to 300", node, part: part)
            }
        case "headers": readHeaders(node, &reader, part: part)
        case "secret", "signing_secret":
            for node in node.elements ?? [node] {
                guard case .scalar(let text, _, _) = node.content, !text.hasControlCharacter, !text.isEmpty else {
                    return reader.fault("should be a text of one line, or a list of them", at: node, part: part)
                }
                reader.guardSecret(node, part: part)
                secrets.append(Secret(text))
            }
        case "secret_file":
            secretFiles = (node.elements ?? [node]).compactMap { reader.path("a path", $0, part: part) }
        case "format":
            if let known = reader.text("a format", node, part: part).flatMap(WebhookFormat.init(rawValue:)) {
                format = known
            } else {
                let names = WebhookFormat.allCases.map(\.rawValue).joined(separator: ", ")
                reader.unexpected("one of \(names)", node, part: part)
            }
        case "allow_private":
            if case .bool(let value)? = node.scalar {
                allowsPrivate = value
            } else {
                reader.unexpected("true or false", node, part: part)
            }
        case "max_retries":
            if case .int(let count)? = node.scalar, (0...100).contains(count) {
                maxRetries = count
            } else {
                reader.unexpected("a whole number from 0 to 100", node, part: part)
            }
        default:
            let hint = NearestName.find(member.key, in: Self.members).map { "; did you mean \($0)?" }
            reader.fault(
                "unknown key" + (hint ?? "; known are \(Self.members.joined(separator: ", "))"),
                at: YAMLNode(node.content, mark: member.mark), part: part
            )
        }
    }

    private mutating func readHeaders(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String) {
        guard let members = node.members else {
            return reader.unexpected("a mapping of header names to values", node, part: part)
        }
        for member in members {
            let part = "\(part).\(member.key)"
            guard case .scalar(let text, _, _) = member.value.content, !text.hasControlCharacter else {
                reader.fault("should be a text of one line", at: member.value, part: part)
                continue
            }
            if Self.looksSecret(member.key) { reader.guardSecret(member.value, part: part) }
            headers[member.key] = text
        }
    }
}

extension YAMLScalar {
    fileprivate var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }
}

extension ConfigurationKind where Value == [ConfigurationWebhook] {
    static var webhooks: Self {
        let expected = "a list of webhooks"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let elements = node.elements else {
                reader.unexpected(expected, node)
                return nil
            }
            var webhooks: [ConfigurationWebhook] = []
            for (index, element) in elements.enumerated() {
                guard let webhook = ConfigurationWebhook.read(element, &reader, part: "\(index + 1)") else { continue }
                let isTaken = webhooks.contains {
                    webhook.name != nil ? $0.name == webhook.name : $0.name == nil && $0.url == webhook.url
                }
                if isTaken {
                    let what = webhook.name.map { "the name \($0)" } ?? "the URL"
                    reader.fault(
                        "has \(what) of another one; give it a name of its own", at: element, part: "\(index + 1)")
                }
                webhooks.append(webhook)
            }
            return webhooks
        } show: {
            .array($0.map(\.json))
        }
    }
}
