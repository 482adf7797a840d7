package import JSON

/// A source as the configuration describes it.
extension WebhookSource {
    package static let members = [
        "name", "kind", "secret", "secret_file", "workspaces", "permissions", "label", "command", "authors",
        "failed_runs", "scheme", "header", "prefix", "key_header", "project", "rules",
    ]
    private static let ruleMembers = ["when", "name", "goal", "workspace", "metadata"]

    /// - Parameter secrets: Those of `secret` and `secret_file`, which this does not read.
    /// - Throws: ``SourceFault`` for the first thing that is wrong.
    package init(configuration object: JSONObject, secrets: [String]) throws(SourceFault) {
        for (name, _) in object where !Self.members.contains(name) {
            throw SourceFault("has an unknown key \(name); known are \(Self.members.joined(separator: ", "))")
        }
        guard let name = object["name"]?.string, Self.isName(name) else {
            throw SourceFault("needs a name of small letters, digits and dashes that is not sources or outbox")
        }
        guard let kind = (object["kind"] ?? .string(name)).string.flatMap(Kind.init(rawValue:)) else {
            throw SourceFault("should have a kind: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(name: name, kind: kind, verification: try Self.verification(kind, object, secrets))
        permissions = object["permissions"] ?? "ask"
        keyHeader = object["key_header"]?.string?.lowercased()
        for (project, path) in object["workspaces"]?.object ?? [:] {
            guard let path = path.string, path.hasPrefix("/") else {
                throw SourceFault("workspaces.\(project) should be an absolute path")
            }
            workspaces[project] = path
        }
        if let text = object["project"]?.string { project = try SourceTemplate(text) }
        for (index, rule) in (object["rules"]?.array ?? []).enumerated() {
            do throws(SourceFault) {
                rules.append(try Self.rule(rule))
            } catch {
                throw SourceFault("rules.\(index + 1) \(error.message)")
            }
        }
        switch kind {
        case .github: try addGitHub(object)
        case .standardWebhooks: keyHeader = keyHeader ?? "webhook-id"
        case .custom where rules.isEmpty: throw SourceFault("needs rules: what becomes which task")
        case .custom, .generic: break
        }
    }

    private static func isName(_ text: String) -> Bool {
        !["sources", "outbox"].contains(text) && (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            }
    }

    private static func verification(
        _ kind: Kind, _ object: JSONObject, _ secrets: [String]
    ) throws(SourceFault) -> SourceVerification {
        if kind != .custom, object["scheme"] != nil { throw SourceFault("has a scheme, which its kind says already") }
        var verification: SourceVerification
        switch kind {
        case .generic: verification = SourceVerification(scheme: secrets.isEmpty ? .none : .token, header: "x-token")
        case .github: verification = GitHubRules.verification(secrets)
        case .standardWebhooks: verification = SourceVerification(scheme: .standardWebhooks)
        case .custom:
            let words = SourceVerification.Scheme.allCases.map(\.rawValue).joined(separator: ", ")
            guard let scheme = object["scheme"]?.string.flatMap(SourceVerification.Scheme.init(rawValue:)) else {
                throw SourceFault("needs a scheme: \(words)")
            }
            verification = SourceVerification(scheme: scheme)
            if ![.none, .standardWebhooks].contains(scheme), object["header"]?.string == nil {
                throw SourceFault("needs a header: the one with the signature")
            }
        }
        if let header = object["header"]?.string { verification.header = header.lowercased() }
        if let prefix = object["prefix"]?.string { verification.prefix = prefix }
        verification.secrets = secrets
        guard verification.scheme == .none || !secrets.isEmpty else {
            throw SourceFault("needs a secret or a secret_file: else everybody could send it")
        }
        return verification
    }

    private mutating func addGitHub(_ object: JSONObject) throws(SourceFault) {
        var preset = GitHubRules()
        preset.label = object["label"]?.string
        preset.command = object["command"]?.string
        preset.failedRuns = object["failed_runs"]?.bool ?? false
        if let authors = object["authors"]?.array { preset.authors = authors.compactMap(\.string) }
        rules += try preset.rules()
        keyHeader = keyHeader ?? GitHubRules.idHeader
        if project == nil { project = try SourceTemplate(GitHubRules.project) }
        if rules.isEmpty { throw SourceFault("needs a label, a command, failed_runs: true, or rules") }
    }

    private static func rule(_ json: JSONValue) throws(SourceFault) -> SourceRule {
        guard let object = json.object else { throw SourceFault("should be a mapping") }
        for (name, _) in object where !ruleMembers.contains(name) {
            throw SourceFault("has an unknown key \(name); known are \(ruleMembers.joined(separator: ", "))")
        }
        func template(_ name: String) throws(SourceFault) -> SourceTemplate? {
            guard let value = object[name] else { return nil }
            guard let text = value.string else { throw SourceFault("\(name) should be a text") }
            return try SourceTemplate(text)
        }
        guard let name = try template("name"), let goal = try template("goal") else {
            throw SourceFault("needs a name and a goal")
        }
        var rule = SourceRule(
            conditions: [], name: name, goal: goal, workspace: try template("workspace"))
        for (place, test) in object["when"]?.object ?? [:] { rule.conditions.append(try condition(place, test)) }
        for (name, value) in object["metadata"]?.object ?? [:] {
            guard let text = value.string else { throw SourceFault("metadata.\(name) should be a text") }
            rule.metadata.append((name, try SourceTemplate(text)))
        }
        return rule
    }

    /// `/a/b: value`, `/a/b: [one, other]`, `/a/b: {exists: true}`, `{contains: x}`, `{command: /x}`; `header NAME: …`.
    private static func condition(_ place: String, _ test: JSONValue) throws(SourceFault) -> SourceCondition {
        let spot: SourceCondition.Place
        if place.hasPrefix("header ") {
            spot = .header(place.dropFirst(7).lowercased())
        } else if let pointer = JSONPointer(place) {
            spot = .body(pointer)
        } else {
            throw SourceFault("when.\(place) should be a JSON pointer like /issue/title, or header NAME")
        }
        switch test {
        case .array(let values): return SourceCondition(spot, .isOne(values))
        case .object(let object):
            guard object.count == 1, let (word, value) = object.first(where: { _ in true }) else { break }
            switch (word, value) {
            case ("exists", .bool(let wanted)): return SourceCondition(spot, .exists(wanted))
            case ("contains", .array(let values)): return SourceCondition(spot, .contains(values))
            case ("contains", _): return SourceCondition(spot, .contains([value]))
            case ("command", .string(let word)): return SourceCondition(spot, .command(word))
            default: break
            }
        default: return SourceCondition(spot, .isOne([test]))
        }
        throw SourceFault("when.\(place) should be a value, a list of them, or one of exists, contains, command")
    }
}
