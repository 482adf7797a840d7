package import JSON

/// OpenCode 1.15 to 1.18.
///
/// Only the routes of that line are used: 1.16 and later also answer an experimental `/api/*`, which runs without the
/// provider's credentials or on another model.
package struct Wire1Server: AgentWire {
    let client: OpenCodeClient
    /// Whether the server's version is one to which our own ids may be sent.
    private let keepsPromptIDs: Bool

    package init(client: OpenCodeClient, keepsPromptIDs: Bool = true) {
        self.client = client
        self.keepsPromptIDs = keepsPromptIDs
    }

    // MARK: sessions

    package func createSession(_ request: SessionRequest) async throws(AgentError) -> AgentSession {
        let rules = request.denied.map { name -> JSONValue in
            ["permission": .string(name), "pattern": "*", "action": "deny"]
        }
        var body: JSONObject = ["title": .string(request.title)]
        if !rules.isEmpty { body["permission"] = .array(rules) }
        let query = [("directory", request.directory)]
        var answer = try await client.exchange("POST", "/session", query: query, body: .object(body))
        if answer.status == 500 {
            // A server whose database was just migrated fails once.
            answer = try await client.exchange("POST", "/session", query: query, body: .object(body))
        }
        try client.check(answer, "POST /session")
        guard answer.isJSON else { throw client.webPage(answer.status) }
        return try Self.session(try answer.json())
    }

    package func session(_ id: String, in directory: String) async throws(AgentError) -> AgentSession? {
        do {
            let json = try await client.call("GET", Self.path(id), query: [("directory", directory)]).json
            return try Self.session(json)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    package func sessions(titled title: String, in directory: String) async throws(AgentError) -> [AgentSession] {
        let query = [("directory", directory), ("search", title), ("limit", "1000")]
        let json = try await client.call("GET", "/session", query: query).json
        return (json.array ?? []).compactMap { try? Self.session($0) }.filter {
            $0.title == title && $0.directory == directory
        }
    }

    package func children(of session: AgentSession) async throws(AgentError) -> [AgentSession] {
        let json = try await client.call("GET", Self.path(session.id) + "/children", query: Self.scope(session)).json
        return (json.array ?? []).compactMap { try? Self.session($0) }
    }

    package func abort(_ session: AgentSession, prompt: String?) async throws(AgentError) {
        // May block on a shell command for tens of seconds; whether it worked is seen elsewhere.
        let answer = try await client.exchange(
            "POST", Self.path(session.id) + "/abort", query: Self.scope(session), timeout: .seconds(5)
        )
        try client.check(answer, "POST /session/…/abort")
    }

    // MARK: prompts

    package func send(_ prompt: AgentPrompt, to session: AgentSession) async throws(AgentError) {
        guard prompt.id == nil || keepsPromptIDs else {
            throw AgentError(
                .unreachable, "the server has become one that must choose the ids of messages itself",
                wasPossiblyReceived: false)
        }
        var body: JSONObject = [:]
        body["messageID"] = prompt.id.map { .string($0) }
        if let model = try prompt.choice.splitModel() {
            body["model"] = ["providerID": .string(model.provider), "modelID": .string(model.id)]
        }
        body["agent"] = prompt.choice.agent.map { .string($0) }
        body["variant"] = prompt.choice.variant.map { .string($0) }
        body["parts"] = [["type": "text", "text": .string(prompt.text)]]
        // On a connection of its own: one that the server closes just then would leave it open whether the prompt
        // arrived.
        let answer = try await client.exchange(
            "POST", Self.path(session.id) + "/prompt_async", query: Self.scope(session), body: .object(body),
            timeout: .seconds(60), isFresh: true
        )
        try client.check(answer, "POST /session/…/prompt_async")
        // The server's own answer is 204 without a body; a page for people has one.
        if answer.status == 200, !answer.isJSON, !answer.body.isEmpty { throw client.webPage(200) }
    }

    package func promptIDs(in session: AgentSession) async throws(AgentError) -> [String] {
        try await messages(of: session) { _ in false }.compactMap { item in
            item["info"]?["role"]?.string == "user" ? item["info"]?["id"]?.string : nil
        }
    }

    package func find(_ mark: PromptMark, in session: AgentSession) async throws(AgentError) -> String? {
        let isOurs: (JSONValue) -> Bool = { item in
            guard item["info"]?["role"]?.string == "user", let id = item["info"]?["id"]?.string else { return false }
            return mark.fits(id: id, text: Self.text(of: item))
        }
        return mark.pick(try await messages(of: session, until: isOurs).filter(isOurs))?["info"]?["id"]?.string
    }

    // MARK: turns

    package func observe(
        _ session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> TurnObservation {
        // The state first: a turn that ends between the two calls then looks busy with a finished message, which is
        // looked at again, and never idle with an unfinished one.
        let activity = try await activity(of: session)
        let items = try await messages(of: session) { $0["info"]?["id"]?.string == id }
        let steps = items.filter { item in
            item["info"]?["role"]?.string == "assistant" && (id == nil || item["info"]?["parentID"]?.string == id)
        }
        var hasher = Hasher()
        hasher.combine(items)
        return TurnObservation(
            activity: activity,
            isPromptThere: id.map { id in items.contains { $0["info"]?["id"]?.string == id } } ?? false,
            steps: steps.compactMap(Self.step), fingerprint: hasher.finalize()
        )
    }

    private func activity(of session: AgentSession) async throws(AgentError) -> TurnObservation.Activity {
        let json = try await client.call("GET", "/session/status", query: Self.scope(session)).json
        guard json.object != nil else {
            throw AgentError(.malformed, "the OpenCode server's list of states is no object")
        }
        guard let entry = json[session.id] else { return .idle }
        switch entry["type"]?.string {
        case "idle": return .idle
        case "retry":
            return .retrying(
                attempt: entry["attempt"]?.int ?? 1, message: entry["message"]?.string ?? "", next: entry["next"]?.int
            )
        // Also a state that we do not know: it is not idle.
        default: return .busy
        }
    }

    package func transcript(of session: AgentSession) async throws(AgentError) -> JSONValue? {
        do {
            return .array(try await messages(of: session) { _ in false })
        } catch  where error.code == .tooLarge {
            return nil
        }
    }

    // MARK: helpers

    static func path(_ session: String) -> String { "/session/\(percentEncodedPath(session))" }

    static func scope(_ session: AgentSession) -> [(String, String)] { [("directory", session.directory)] }
}
