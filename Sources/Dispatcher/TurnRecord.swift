import JSON
import OpenCode
import Spool

/// `turn.json`: what identifies the prompt of a turn, on disk before the prompt is sent.
///
/// Beside it two empty files say how far sending had come when the daemon stopped: `turn.sending` is there from just
/// before the request, `turn.sent` from just after the server's answer. They are not synced, so after a power cut they
/// prove nothing; the record names the boot in which they do.
struct TurnRecord: Sendable, Hashable {
    /// From 1.
    var turn: Int
    var mark: PromptMark
    var started: Timestamp
    var bootID: String
    /// The session that it is sent to. The file `session` says so too, and a power cut may undo that one.
    var session: String?
    /// The server that it is for, by the name that the configuration gives it.
    var server: String?
    /// What the session had used before.
    var usedBefore: AgentUsage?

    var json: JSONValue {
        var object: JSONObject = [
            "turn": .int(turn), "message_id": JSONValue(mark.id), "known_messages": JSONValue(mark.known),
            "text": .string(mark.text), "started": .string(started.iso8601), "boot_id": .string(bootID),
        ]
        object["session"] = session.map { .string($0) }
        object["server"] = server.map { .string($0) }
        if mark.isBeginning { object["migrated"] = true }
        object["used_before"] = usedBefore.map { ["tokens": .int($0.tokens), "cost": .double($0.cost)] }
        return .object(object)
    }

    init(
        turn: Int, mark: PromptMark, started: Timestamp, bootID: String, session: String? = nil,
        server: String? = nil, usedBefore: AgentUsage? = nil
    ) {
        self.session = session
        self.server = server
        self.usedBefore = usedBefore
        self.turn = turn
        self.mark = mark
        self.started = started
        self.bootID = bootID
    }

    /// That of a task; nil where there is none, or none that can be read.
    static func read(from task: TaskPaths, in spool: SpoolDirectory) -> TurnRecord? {
        ((try? spool.readJSON(task.turn)) ?? nil).flatMap { TurnRecord(json: $0) }
    }

    init?(json: JSONValue) {
        guard let turn = json["turn"]?.int, let text = json["text"]?.string,
            let started = json["started"]?.string.flatMap(Timestamp.init(iso8601:)),
            let boot = json["boot_id"]?.string
        else { return nil }
        self.init(
            turn: turn,
            mark: PromptMark(
                id: json["message_id"]?.string, known: json["known_messages"]?.array?.compactMap(\.string) ?? [],
                text: text, isBeginning: json["migrated"]?.bool ?? false
            ),
            started: started, bootID: boot, session: json["session"]?.string, server: json["server"]?.string
        )
        if let tokens = json["used_before"]?["tokens"]?.int, let cost = json["used_before"]?["cost"]?.double {
            usedBefore = AgentUsage(tokens: tokens, cost: cost)
        }
    }
}
