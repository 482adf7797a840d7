import JSON
import Usage

extension Wire2Server {
    package func observe(
        _ session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> TurnObservation {
        // The state first, as on the other wire: what ends between two questions is then looked at again.
        let isRunning = try await isActive(session)
        let isOurs: (JSONValue) -> Bool = { $0["type"]?.string == "user" && $0["id"]?.string == id }
        var rows = try await rows(of: session, until: isOurs)
        var isQueued = false
        if let id, !rows.contains(where: isOurs) {
            isQueued = try await inbox(of: session).contains { $0["id"]?.string == id }
            // It may have gone from one to the other just then.
            if !isQueued { rows = try await self.rows(of: session, until: isOurs) }
        }
        let turn = Self.turn(in: rows, after: id)
        let steps = turn.rows.compactMap(Self.step)
        var hasher = Hasher()
        hasher.combine(rows)
        hasher.combine(isQueued)
        var seen = TurnObservation(
            activity: isRunning ? Self.activity(turn.rows.last) : .idle, isPromptThere: turn.isThere, steps: steps,
            fingerprint: hasher.finalize())
        seen.outcome = turn.outcome
        seen.recordsOutcomes = true
        seen.isQueued = isQueued
        seen.totals = Self.totals(try await info(session.id))
        return seen
    }

    private func isActive(_ session: AgentSession) async throws(AgentError) -> Bool {
        guard let active = try await client.call("GET", "/api/session/active").json["data"], active.object != nil else {
            throw AgentError(.malformed, "the OpenCode server's list of active sessions is no object")
        }
        return active[session.id] != nil
    }

    struct Turn {
        var isThere: Bool
        /// The assistant's rows.
        var rows: [JSONValue]
        var outcome: TurnObservation.Outcome?
    }

    /// What belongs to the prompt with that id: the assistant's rows after it up to the row that ends the execution. With
    /// nil, all of the session's.
    static func turn(in rows: [JSONValue], after id: String?) -> Turn {
        var turn = Turn(isThere: false, rows: [])
        for row in rows {
            switch row["type"]?.string {
            case "user":
                if row["id"]?.string == id {
                    turn = Turn(isThere: true, rows: [])
                } else if turn.isThere, let last = turn.rows.last.flatMap(step), last.isCompleted,
                    last.finish != "tool-calls"
                {
                    // The next in the queue. Text that was steered into our turn does not end it.
                    turn.outcome = turn.outcome ?? laterOutcome(rows, after: row)
                    return turn
                }
            case "assistant" where id == nil || turn.isThere: turn.rows.append(row)
            case "idle" where turn.isThere:
                turn.outcome = outcome(row)
                return turn
            default: break
            }
        }
        return turn
    }

    /// One execution may serve several prompts, and then ends all of them with one row.
    private static func laterOutcome(_ rows: [JSONValue], after row: JSONValue) -> TurnObservation.Outcome? {
        guard let index = rows.firstIndex(of: row) else { return nil }
        return rows[index...].first { $0["type"]?.string == "idle" }.map(outcome)
    }

    /// An outcome that we do not know is no success.
    private static func outcome(_ row: JSONValue) -> TurnObservation.Outcome {
        row["outcome"]?.string.flatMap { TurnObservation.Outcome(rawValue: $0) } ?? .failed
    }

    private static func activity(_ last: JSONValue?) -> TurnObservation.Activity {
        guard let last, last["time"]?["completed"]?.double == nil, let retry = last["retry"],
            let attempt = retry["attempt"]?.int
        else { return .busy }
        return .retrying(
            attempt: attempt, message: failure(retry["error"])?.description ?? "", next: retry["at"]?.int)
    }

    static func step(_ row: JSONValue) -> AgentStep? {
        guard let id = row["id"]?.string else { return nil }
        let content = row["content"]?.array ?? []
        let texts = content.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }
        var step = AgentStep(
            id: id, isCompleted: row["time"]?["completed"]?.double != nil, finish: row["finish"]?.string,
            failure: failure(row["error"]), text: texts.joined(separator: "\n"),
            tool: content.last { $0["type"]?.string == "tool" }?["name"]?.string, partCount: content.count,
            model: modelName(row["model"]), agent: row["agent"]?.string, tokens: tokens(row["tokens"]),
            cost: row["cost"]?.double ?? 0)
        step.counts = TokenCounts(row["tokens"])
        return step
    }

    static func failure(_ json: JSONValue?) -> AgentFailure? {
        guard let json, json != .null else { return nil }
        let status = json["status"]?.int
        return AgentFailure(
            name: json["type"]?.string ?? "unknown", message: String((json["message"]?.string ?? "").prefix(2000)),
            mayPass: status.map { $0 == 429 || $0 >= 500 } ?? false, isLimit: status == 429)
    }

    private static func totals(_ info: JSONValue) -> AgentUsage? {
        guard info["tokens"]?.object != nil else { return nil }
        return AgentUsage(tokens: tokens(info["tokens"]), cost: info["cost"]?.double ?? 0)
    }
}
