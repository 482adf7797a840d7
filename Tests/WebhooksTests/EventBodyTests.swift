import JSON
import Spool
import SystemPackage
import Testing

@testable import Webhooks

@Suite struct EventBodyTests {
    private func body(
        _ kind: TaskEvent.Kind = .completed, status: String = "completed", summary: String = "Done.",
        changes: Int = 1, name: String = "Fix the login", metadata: JSONObject? = ["ticket": 17]
    ) throws -> EventBody {
        let id = try #require(TaskID("20261123T093000250-k3f9x-fix"))
        var spec = TaskSpec(
            name: name, workspace: "/srv/shop", goal: "g", created: .now(), origin: TaskOrigin(.rest))
        spec.metadata = metadata
        var task = TaskSnapshot(id: id, state: kind == .failed ? .failed : .done, spec: spec)
        task.verdict = kind == .failed ? .error : .changed
        task.session = "ses_1"
        let change: JSONValue = ["path": "a/b.txt", "kind": "added", "sha256_after": "x"]
        task.result = [
            "claim": ["text": .string(summary)],
            "fact": ["changed": .int(changes), "changes": .array(Array(repeating: change, count: changes))],
        ]
        if kind == .failed { task.reason = "The provider refuses." }
        let event = TaskEvent(
            number: 12, kind: kind, id: id, name: name, status: status, time: Timestamp(milliseconds: 1_719_676_800_250)
        )
        let activity: JSONValue = [
            "message": .string(summary), "tool": "write", "updated": "2024-06-29T15:59:59.000Z",
        ]
        return EventBody(event: event, task: task, activity: activity, recentMessages: 3)
    }

    @Test func body_hasTheFieldsOfBothGenerations() throws {
        let json = try body().json
        for (key, value): (String, JSONValue) in [
            ("schema_version", "1.0"), ("event", "TASK_COMPLETED"), ("task_id", "20261123T093000250-k3f9x-fix"),
            ("task_name", "Fix the login"), ("status", "completed"), ("timestamp", .double(1_719_676_800.25)),
            ("timestamp_iso", "2024-06-29T16:00:00.250Z"), ("store_version", 12),
        ] {
            #expect(json[key] == value, "\(key)")
        }
        let data = try #require(json["data"])
        for (key, value): (String, JSONValue) in [
            ("status", "completed"), ("progress", .double(1)), ("summary", "Done."), ("verdict", "changed"),
            ("active_session_id", "ses_1"), ("workspace", "/srv/shop"), ("changed_files", 1),
            ("metadata", ["ticket": 17]), ("path", "done/20261123T093000250-k3f9x-fix"),
            ("api", "/api/tasks/20261123T093000250-k3f9x-fix"),
        ] {
            #expect(data[key] == value, "\(key)")
        }
        #expect(data["recent_activity"] == json["recent_activity"])
        #expect(
            json["recent_activity"]?[0] == [
                "text": "Done.", "completed_at": .double(1_719_676_799_000), "tools": [["tool": "write"]],
            ])
        #expect(data["changes"] == [["path": "a/b.txt", "kind": "added"]])
        #expect(json["truncated"] == nil)
    }

    static let giants: [String] = [
        String(repeating: "x", count: 1_000_000), String(repeating: "é👩‍👩‍👧‍👦", count: 50_000),
        String(repeating: "\u{1}\"\\", count: 100_000),
    ]

    @Test(arguments: giants) func body_isBounded_andSaysWhereTheRestIs(text: String) throws {
        let metadata: JSONObject = ["big": .string(String(repeating: "y", count: 100_000))]
        let json = try body(summary: text, changes: 5000, metadata: metadata).json
        #expect(json.compact.utf8.count <= EventBody.longest)
        #expect(json["truncated"] == true)
        #expect(json["data"]?["api"]?.string?.hasPrefix("/api/tasks/") == true)
        #expect(json["data"]?["changed_files"] == 5000)
    }

    @Test func cutText_isSaidToBeCut() throws {
        #expect(try body(summary: String(repeating: "x", count: 7000)).json["truncated"] == true)
        #expect(try body(changes: 21).json["truncated"] == true)
        #expect(try body(summary: String(repeating: "x", count: 5000)).json["truncated"] == nil)
    }

    @Test func verdict_isNotThatOfALaterState() throws {
        let json = try body(.started, status: "running").json
        #expect(json["data"]?["verdict"] == .null && json["data"]?["changed_files"] == .null)
        #expect(json["status"] == "running")
    }

    @Test func taskThatIsGone_isStillToldOf() throws {
        var body = try body()
        (body.task, body.activity) = (nil, nil)
        let json = body.json
        #expect(json["task_name"] == "Fix the login" && json["data"]?["path"] == .null)
        #expect(json["recent_activity"] == [])
    }

    @Test func recentActivity_canBeLeftOut() throws {
        var body = try body()
        body.recentMessages = 0
        #expect(body.json["recent_activity"] == [])
    }

    @Test func slack_getsAText_inWhichNothingIsALink() throws {
        let message = WebhookMessage.make(try body(summary: "<!channel> & <https://x|y>"), format: .slack)
        #expect(
            message.body
                == .json([
                    "text": .string(
                        "Fix the login: completed (changed: 1 file changed)\n"
                            + "&lt;!channel&gt; &amp; &lt;https://x|y&gt;")
                ]))
    }

    @Test func discord_callsNobody_andIsShortEnough() throws {
        let message = WebhookMessage.make(
            try body(summary: "@everyone " + String(repeating: "x", count: 5000)), format: .discord)
        guard case .json(let json) = message.body else { throw CancellationError() }
        #expect(json["allowed_mentions"] == ["parse": []])
        #expect((json["content"]?.string?.count ?? 9999) <= 2000)
    }

    @Test func ntfy_getsTextAndHeaders_ofOneLineEach() throws {
        let message = WebhookMessage.make(try body(.failed, status: "failed", name: "a\r\nX: b"), format: .ntfy)
        #expect(message.body == .text("The provider refuses."))
        let headers = Dictionary(message.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { one, _ in one })
        #expect(headers["Title"] == "a  X: b: failed (error: 1 file changed)")
        #expect(headers["Priority"] == "4")
    }
}
