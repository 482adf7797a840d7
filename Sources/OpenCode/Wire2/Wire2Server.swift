import JSON

/// OpenCode 2.0.6 and later.
///
/// Bodies and queries hold what the API names and nothing else: several builds refuse a field that they do not know.
package struct Wire2Server: AgentWire {
    let client: OpenCodeClient

    package init(client: OpenCodeClient) { self.client = client }

    /// Attempts at a request that can be repeated safely, as it carries an id of ours.
    private static let attempts = 3

    // MARK: sessions

    package func createSession(_ request: SessionRequest) async throws(AgentError) -> AgentSession {
        let rules = request.denied.filter(Self.exists).map { name -> JSONValue in
            ["action": .string(name), "resource": "*", "effect": "deny"]
        }
        var body: JSONObject = [
            "title": .string(request.title), "location": ["directory": .string(request.directory)],
        ]
        body["model"] = try Self.model(request.choice)
        body["agent"] = request.choice.agent.map { .string($0) }
        if !rules.isEmpty { body["permissions"] = .array(rules) }
        // A location's first use can answer before its configuration is read; this question waits for that.
        _ = try await client.exchange("GET", "/api/integration", query: Self.location(request.directory))
        return try Self.session(
            try await client.call("POST", "/api/session", body: .object(body)).json["data"])
    }

    package func session(_ id: String, in directory: String) async throws(AgentError) -> AgentSession? {
        do {
            return try Self.session(try await info(id))
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// What the server says of a session.
    func info(_ id: String) async throws(AgentError) -> JSONValue {
        guard let info = try await client.call("GET", Self.path(id)).json["data"] else {
            throw AgentError(.malformed, "the OpenCode server's session has no data")
        }
        return info
    }

    package func sessions(titled title: String, in directory: String) async throws(AgentError) -> [AgentSession] {
        // The one looked for was made a moment ago: it is among the newest.
        let query = [("directory", directory), ("limit", "200"), ("order", "desc")]
        return try await pages("/api/session", query: query, most: 5) { _ in false }
            .compactMap { try? Self.session($0) }.filter { $0.title == title && $0.directory == directory }
    }

    package func children(of session: AgentSession) async throws(AgentError) -> [AgentSession] {
        try await pages("/api/session", query: [("parentID", session.id), ("limit", "200")], most: 5) { _ in false }
            .compactMap { try? Self.session($0) }.filter { $0.parent == session.id }
    }

    package func abort(_ session: AgentSession, prompt: String?) async throws(AgentError) {
        let answer = try await client.exchange("POST", Self.path(session.id) + "/interrupt", timeout: .seconds(5))
        try client.check(answer, "POST /api/session/…/interrupt")
        // An interrupted session keeps what waits for its turn: it would be begun with the next prompt.
        guard let prompt else { return }
        let withdrawal = try await client.exchange(
            "DELETE", Self.path(session.id) + "/inbox/" + percentEncodedPath(prompt), timeout: .seconds(5))
        if withdrawal.status != 404 { try client.check(withdrawal, "DELETE /api/session/…/inbox/…") }
    }

    // MARK: prompts

    package func send(_ prompt: AgentPrompt, to session: AgentSession) async throws(AgentError) {
        try await select(prompt.choice, in: session)
        // Always with its delivery: left out, the text would go into a turn that somebody else has running.
        var body: JSONObject = ["text": .string(prompt.text), "delivery": "queue"]
        body["id"] = prompt.id.map { .string($0) }
        var attempt = 1
        while true {
            do {
                let answer = try await client.exchange(
                    "POST", Self.path(session.id) + "/prompt", body: .object(body),
                    timeout: client.settings.promptTimeout, isFresh: true
                )
                try client.check(answer, "POST /api/session/…/prompt")
                guard answer.isJSON else { throw client.webPage(answer.status) }
                return
            } catch let error as AgentError {
                // The same id in the same session is the same prompt, however often it is sent.
                let mayRepeat = error.code == .unreachable || (error.status ?? 0) >= 500
                guard prompt.id != nil, mayRepeat, attempt < Self.attempts, !Task.isCancelled else { throw error }
                attempt += 1
            } catch {
                throw AgentError(.malformed, "\(error)")
            }
        }
    }

    /// Prompts name no model here: the session has one. A session of somebody else's may have another.
    private func select(_ choice: AgentChoice, in session: AgentSession) async throws(AgentError) {
        if choice == AgentChoice() || choice == session.choice { return }
        if let model = try Self.model(choice) {
            let answer = try await client.exchange("POST", Self.path(session.id) + "/model", body: ["model": model])
            try client.check(answer, "POST /api/session/…/model")
        }
        if let agent = choice.agent {
            let answer = try await client.exchange(
                "POST", Self.path(session.id) + "/agent", body: ["agent": .string(agent)])
            try client.check(answer, "POST /api/session/…/agent")
        }
    }

    // MARK: helpers

    static func path(_ session: String) -> String { "/api/session/\(percentEncodedPath(session))" }

    static func location(_ directory: String) -> [(String, String)] { [("location[directory]", directory)] }

    private static func model(_ choice: AgentChoice) throws(AgentError) -> JSONValue? {
        guard let (provider, id) = try choice.splitModel() else { return nil }
        var object: JSONObject = ["id": .string(id), "providerID": .string(provider)]
        object["variant"] = choice.variant.map { .string($0) }
        return .object(object)
    }

    /// Modes that need somebody at the screen are not among this line's permissions.
    private static func exists(_ permission: String) -> Bool { !permission.hasPrefix("plan_") }
}
