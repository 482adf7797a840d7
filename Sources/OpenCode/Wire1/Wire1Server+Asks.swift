import JSON

extension Wire1Server {
    package func asks(in directory: String) async throws(AgentError) -> [AgentAsk] {
        let query = [("directory", directory)]
        let permissions = try await client.call("GET", "/permission", query: query).json.array ?? []
        let questions = try await client.call("GET", "/question", query: query).json.array ?? []
        return permissions.compactMap(Self.permission) + questions.compactMap(Self.question)
    }

    private static func permission(_ json: JSONValue) -> AgentAsk? {
        guard let id = json["id"]?.string, let session = json["sessionID"]?.string,
            let permission = json["permission"]?.string
        else { return nil }
        var ask = AgentAsk(
            id: id, kind: .permission, session: session, permission: permission,
            patterns: json["patterns"]?.array?.compactMap(\.string) ?? []
        )
        ask.metadata = json["metadata"]
        return ask
    }

    private static func question(_ json: JSONValue) -> AgentAsk? {
        guard let id = json["id"]?.string, let session = json["sessionID"]?.string,
            let questions = json["questions"]?.array
        else { return nil }
        return AgentAsk(
            id: id, kind: .question, session: session, permission: "question",
            questions: questions.map { question in
                AgentAsk.Question(
                    text: question["question"]?.string ?? "", header: question["header"]?.string ?? "",
                    options: question["options"]?.array?.compactMap { $0["label"]?.string } ?? [],
                    isMultiple: question["multiple"]?.bool ?? false
                )
            }
        )
    }

    package func answer(_ ask: AgentAsk, _ reply: AskReply, in directory: String) async throws(AgentError) {
        let id = percentEncodedPath(ask.id)
        let query = [("directory", directory)]
        let answer: OpenCodeClient.Answer
        switch (ask.kind, reply) {
        case (.permission, .reject(let message)):
            // Only with a message does the turn go on.
            answer = try await client.exchange(
                "POST", "/permission/\(id)/reply", query: query,
                body: ["reply": "reject", "message": .string(message.isEmpty ? "Not allowed here." : message)]
            )
        case (.permission, .once), (.permission, .answers):
            answer = try await client.exchange(
                "POST", "/permission/\(id)/reply", query: query, body: ["reply": "once"]
            )
        case (.question, .reject):
            answer = try await client.exchange("POST", "/question/\(id)/reject", query: query)
        case (.question, .once):
            let first = ask.questions.map { $0.options.first.map { [$0] } ?? [] }
            answer = try await self.reply(first, to: id, query: query)
        case (.question, .answers(let labels)):
            answer = try await self.reply(labels, to: id, query: query)
        }
        // An ask that is gone is answered, by whomever.
        if answer.status == 404 { return }
        try client.check(answer, "an answer to \(ask.kind.rawValue) \(ask.id)")
    }

    private func reply(
        _ labels: [[String]], to id: String, query: [(String, String)]
    ) async throws(AgentError) -> OpenCodeClient.Answer {
        try await client.exchange(
            "POST", "/question/\(id)/reply", query: query, body: ["answers": .array(labels.map { JSONValue($0) })]
        )
    }
}
