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

    var json: JSONValue {
        [
            "turn": .int(turn), "message_id": JSONValue(mark.id), "known_messages": JSONValue(mark.known),
            "text": .string(mark.text), "started": .string(started.iso8601), "boot_id": .string(bootID),
        ]
    }

    init(turn: Int, mark: PromptMark, started: Timestamp, bootID: String) {
        self.turn = turn
        self.mark = mark
        self.started = started
        self.bootID = bootID
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
                text: text
            ),
            started: started, bootID: boot
        )
    }
}
