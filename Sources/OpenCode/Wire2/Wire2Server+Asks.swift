import JSON

extension Wire2Server {
    package func asks(in directory: String) async throws(AgentError) -> [AgentAsk] {
        let query = Self.location(directory)
        let permissions = try await client.call("GET", "/api/permission/request", query: query).json["data"]?.array
        let forms = try await client.call("GET", "/api/form", query: query).json["data"]?.array
        return (permissions ?? []).compactMap(Self.permission) + (forms ?? []).compactMap(Self.form)
    }

    private static func permission(_ json: JSONValue) -> AgentAsk? {
        guard let id = json["id"]?.string, let session = json["sessionID"]?.string,
            let action = json["action"]?.string
        else { return nil }
        var ask = AgentAsk(
            id: id, kind: .permission, session: session, permission: action,
            patterns: json["resources"]?.array?.compactMap(\.string) ?? [])
        ask.metadata = json["metadata"]
        return ask
    }

    private static func form(_ json: JSONValue) -> AgentAsk? {
        guard let id = json["id"]?.string, let session = json["sessionID"]?.string,
            let fields = json["fields"]?.array
        else { return nil }
        return AgentAsk(
            id: id, kind: .question, session: session, permission: "question",
            questions: fields.compactMap { question($0, title: json["title"]?.string) })
    }

    private static func question(_ field: JSONValue, title: String?) -> AgentAsk.Question? {
        guard let key = field["key"]?.string else { return nil }
        let options = field["options"]?.array ?? []
        let values = options.compactMap { $0["value"]?.string }
        var question = AgentAsk.Question(
            text: field["title"]?.string ?? title ?? key, header: key,
            options: options.compactMap { $0["label"]?.string ?? $0["value"]?.string },
            isMultiple: field["type"]?.string == "multiselect")
        question.key = key
        if values.count == question.options.count { question.values = values }
        question.isRequired = field["required"]?.bool ?? false
        question.kind =
            switch field["type"]?.string {
            case "string", "multiselect": .text
            case "number": .number
            case "integer": .integer
            case "boolean": .boolean
            // Also a type that we do not know: nobody here can fill it in.
            default: .external
            }
        return question
    }

    package func answer(_ ask: AgentAsk, _ reply: AskReply, in directory: String) async throws(AgentError) {
        switch ask.kind {
        case .permission: try await decide(ask, reply)
        case .question: try await fillIn(ask, reply)
        }
    }

    private func decide(_ ask: AgentAsk, _ reply: AskReply) async throws(AgentError) {
        var body: JSONObject = ["decision": "once"]
        // Only with a message does the turn go on: a bare refusal ends it.
        if case .reject(let message) = reply {
            body = ["decision": "reject", "message": .string(message.isEmpty ? "Not allowed here." : message)]
        }
        let path = Self.path(ask.session) + "/permission/\(percentEncodedPath(ask.id))/reply"
        try settle(try await client.exchange("POST", path, body: .object(body)), ask)
    }

    private func fillIn(_ ask: AgentAsk, _ reply: AskReply) async throws(AgentError) {
        switch reply {
        case .reject(let message): try await refuse(ask, message)
        case .once:
            guard let answer = FormAnswer.standard(ask.questions) else {
                return try await refuse(ask, "Nobody is here to fill this in. Go on with your best judgement.")
            }
            let taken = try await post(answer, to: ask)
            // Our guess was none that the form takes.
            if taken.status == 400 { return try await refuse(ask, "Nobody is here to fill this in.") }
            try settle(taken, ask)
        case .answers(let labels):
            try settle(try await post(try FormAnswer.chosen(labels, ask.questions), to: ask), ask)
        }
    }

    private func post(_ answer: JSONValue, to ask: AgentAsk) async throws(AgentError) -> OpenCodeClient.Answer {
        try await client.exchange("POST", Self.formPath(ask) + "/reply", body: ["answer": answer])
    }

    private func refuse(_ ask: AgentAsk, _ message: String) async throws(AgentError) {
        try settle(try await client.exchange("DELETE", Self.formPath(ask), query: [("message", message)]), ask)
    }

    /// One that is gone, or settled, is answered, by whomever.
    private func settle(_ answer: OpenCodeClient.Answer, _ ask: AgentAsk) throws(AgentError) {
        if answer.status == 404 || answer.status == 409 { return }
        try client.check(answer, "an answer to \(ask.kind.rawValue) \(ask.id)")
    }

    private static func formPath(_ ask: AgentAsk) -> String {
        path(ask.session) + "/form/\(percentEncodedPath(ask.id))"
    }
}
