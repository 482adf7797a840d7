package import JSON

/// Somebody who creates tasks by sending what happens there: who they are, what of it becomes a task, and which one.
///
/// Pure: a request and this value give the members of a task, or why there is none. What the members are worth is for
/// whoever makes tasks of REST bodies to say.
package struct WebhookSource: Sendable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// OpenLoom 0.17's own envelope: the body says what is to be done.
        case generic
        case github
        /// Signed as Standard Webhooks says; the body is as for `generic`, unless there are rules.
        case standardWebhooks = "standard-webhooks"
        /// What the configuration says.
        case custom
    }

    package var name: String
    package var kind: Kind
    package var verification: SourceVerification
    package var rules: [SourceRule] = []
    /// Which directory what `project` gives stands for.
    package var workspaces: [String: String] = [:]
    /// What a body's project is called, for ``workspaces``.
    package var project: SourceTemplate?
    /// What is answered when the agent asks: for the words of strangers, that somebody looks.
    package var permissions: JSONValue = "ask"
    /// The header with an id that a repetition has as well.
    package var keyHeader: String?

    package init(name: String, kind: Kind, verification: SourceVerification) {
        self.name = name
        self.kind = kind
        self.verification = verification
    }

    /// The one that is there without configuration.
    package static let generic = WebhookSource(
        name: "generic", kind: .generic, verification: SourceVerification(scheme: .none))

    /// For a list of sources.
    package var json: JSONValue {
        [
            "name": .string(name), "kind": .string(kind.rawValue),
            "verification": .string(verification.scheme.rawValue), "rules": .int(rules.count),
        ]
    }

    /// The members of the task that a request asks for, as in a REST body.
    ///
    /// - Parameters:
    ///   - now: Seconds since 1970.
    ///   - isTrusted: Whether not to ask for a signature: for trying a body out.
    package func task(
        from request: SourceRequest, now: Double, isTrusted: Bool = false
    ) throws(SourceRejection) -> JSONObject {
        if !isTrusted { try verification.check(request, now: now) }
        let body: JSONValue
        do {
            body = try JSONValue(parsing: request.body)
        } catch {
            throw SourceRejection(.invalid, "the body is no JSON: \(error)")
        }
        guard body.object != nil else { throw SourceRejection(.invalid, "the body should be an object {…}") }
        var task = rules.isEmpty ? try generic(body) : try byRule(request, body)
        if kind != .generic { task["permissions"] = permissions }
        if let header = keyHeader, let id = request.headers[header], !id.isEmpty {
            task["key"] = .string("\(name):\(id)")
        }
        return task
    }

    /// As 0.17 reads it. A task's other members are taken as they stand in a REST body.
    private func generic(_ body: JSONValue) throws(SourceRejection) -> JSONObject {
        var task = JSONObject()
        func first(_ names: String...) -> JSONValue? {
            names.lazy.compactMap { body[$0] }.first { $0 != .null && $0 != "" }
        }
        guard let goal = first("goal", "message") else {
            throw SourceRejection(.invalid, "the body has neither a goal nor a message: nothing is to be done")
        }
        task["name"] = first("name", "title") ?? "Webhook task"
        task["goal"] = goal
        task["workspace"] = first("workspace", "cwd")
        task["sessionId"] = first("sessionId", "session_id")
        var metadata = body["metadata"]?.object ?? [:]
        if let event = body["event"] { metadata["event"] = event }
        if !metadata.isEmpty { task["metadata"] = .object(metadata) }
        return task
    }

    private func byRule(_ request: SourceRequest, _ body: JSONValue) throws(SourceRejection) -> JSONObject {
        let rule = rules.first { $0.conditions.allSatisfy { $0.holds(request.headers, body) } }
        guard let rule else {
            throw SourceRejection(.ignored, "no rule of the source \(name) fits this body")
        }
        var task = JSONObject()
        task["name"] = .string(String(Self.oneLine(rule.name.render(body)).prefix(Self.longestName)))
        task["goal"] = .string(rule.goal.render(body))
        if let project = project?.render(body), let path = workspaces[project] ?? workspaces["*"] {
            task["workspace"] = .string(path)
        } else if let workspace = rule.workspace?.render(body), !workspace.isEmpty {
            task["workspace"] = .string(workspace)
        } else {
            let what = project.map { "for \"\($0.render(body).prefix(100))\" " } ?? ""
            throw SourceRejection(.ignored, "the source \(name) names no workspace \(what)in the configuration")
        }
        if !rule.metadata.isEmpty {
            task["metadata"] = .object(
                rule.metadata.reduce(into: JSONObject()) { $0[$1.name] = .string($1.template.render(body)) })
        }
        return task
    }

    /// As long as a task's name may be, in characters.
    private static let longestName = 200

    private static func oneLine(_ text: String) -> String {
        text.split { $0.isWhitespace }.joined(separator: " ")
    }
}
