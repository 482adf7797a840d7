package import JSON
import YAML

/// An endpoint that wants to hear of tasks, in the form of OpenLoom 0.17's `notify.webhook`.
package struct ConfigurationWebhook: Sendable, Hashable {
    package var url: String
    /// Names of events; `*` is all of them.
    package var events = ["*"]
    package var timeout = Duration.seconds(3)
    package var headers: [String: String] = [:]
    package var secret: Secret?
    package var maxRetries = 3

    package static let eventNames = ["TASK_CREATED", "TASK_STARTED", "TASK_UPDATED", "TASK_COMPLETED", "TASK_FAILED"]

    /// As it may be shown to anybody.
    package var json: JSONValue {
        [
            "url": .string(ConfigurationURL.withoutPath(url)),
            "events": JSONValue(events),
            "timeout_seconds": .seconds(timeout),
            "headers": JSONValue(headers.keys.sorted()),
            "signing_secret": .string(secret?.description ?? "not set"),
            "max_retries": .int(maxRetries),
        ]
    }
}

extension ConfigurationWebhook {
    static let members = ["url", "events", "timeout_seconds", "headers", "signing_secret", "max_retries"]

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
        case "timeout_seconds":
            if let seconds = node.scalar?.number, (0.1...300).contains(seconds) {
                timeout = .seconds(seconds)
            } else {
                reader.unexpected("a number of seconds from 0.1 to 300", node, part: part)
            }
        case "headers": readHeaders(node, &reader, part: part)
        case "signing_secret":
            guard case .scalar(let text, _, _) = node.content, !text.hasControlCharacter else {
                return reader.fault("should be a text of one line", at: node, part: part)
            }
            reader.guardSecret(node, part: part)
            secret = Secret(text)
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
                if let webhook = ConfigurationWebhook.read(element, &reader, part: "\(index + 1)") {
                    webhooks.append(webhook)
                }
            }
            return webhooks
        } show: {
            .array($0.map(\.json))
        }
    }
}
