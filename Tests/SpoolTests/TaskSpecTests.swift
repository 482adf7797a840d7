import JSON
import Spool
import SystemPackage
import Testing

@Suite struct TaskSpecTests {
    private static var full: TaskSpec {
        var spec = TaskSpec(
            name: "Mend it \u{1F600}", workspace: "/srv/app", goal: "line\n\"two\"\u{0}\u{7F}",
            created: Timestamp(milliseconds: 1_795_426_200_250), origin: TaskOrigin(.inbox, source: "x.md")
        )
        spec.sessionID = "ses_1"
        spec.model = "a/b"
        spec.agent = "build"
        spec.variant = "high"
        spec.priority = 9
        spec.notBefore = Timestamp(milliseconds: 1_795_426_300_001)
        spec.after = ["one", "two"]
        spec.key = "k"
        spec.timeoutSeconds = 30
        spec.stallSeconds = 0.5
        spec.maxTurns = 7
        spec.maxCost = 1.25
        spec.maxTokens = 100_000
        spec.permissions = try? AskPolicy(json: ["bash": "deny"])
        spec.workspaceShared = true
        spec.metadata = ["ticket": ["id": 7, "tags": ["a", nil]]]
        return spec
    }

    private static let smallest: JSONValue = [
        "name": "n", "workspace": "/w", "goal": "g", "created": "2026-11-23T09:30:00Z", "origin": ["kind": "rest"],
    ]

    private static func smallest(with name: String, _ value: JSONValue?) -> JSONValue {
        var object = smallest.object ?? [:]
        object[name] = value
        return .object(object)
    }

    @Test func everyField_isReadBackAsItWas() throws {
        #expect(TaskSpec(json: try JSONValue(parsing: Self.full.json.pretty)) == Self.full)
    }

    @Test func whatIsLeftOut_hasItsDefault() throws {
        let spec = try #require(TaskSpec(json: Self.smallest))
        #expect(spec.priority == 5)
        #expect(spec.maxTurns == 3)
        #expect(spec.after.isEmpty)
        #expect(spec.key == nil && spec.notBefore == nil && spec.permissions == nil && spec.metadata == nil)
        #expect(!spec.workspaceShared)
        #expect(TaskSpec(json: spec.json) == spec)
    }

    @Test(arguments: ["name", "workspace", "goal", "created", "origin"])
    func spec_isRefused_whenAFieldIsMissingOrOfAnotherKind(_ name: String) {
        #expect(TaskSpec(json: Self.smallest(with: name, nil)) == nil)
        #expect(TaskSpec(json: Self.smallest(with: name, 7)) == nil)
        #expect(TaskSpec(json: Self.smallest(with: name, .null)) == nil)
    }

    @Test(
        arguments: [
            ("workspace", "relative"), ("workspace", ""), ("created", "yesterday"), ("origin", ["kind": "mail"]),
            ("priority", "high"), ("priority", 10), ("priority", -1), ("priority", 1.5), ("not_before", "tomorrow"),
            ("not_before", 7), ("after", "x"), ("after", [1]), ("key", 1), ("timeout_s", "1 h"), ("timeout_s", 0),
            ("stall_s", -1), ("max_turns", 0), ("max_turns", "3"), ("max_cost", -1), ("max_tokens", "many"),
            ("permissions", "always"), ("permissions", 1), ("workspace_shared", "yes"), ("metadata", "x"),
            ("sessionId", 1),
            ("model", []), ("agent", [:]),
        ] as [(String, JSONValue)])
    func spec_isRefused_ratherThanGuessedAt(_ name: String, _ value: JSONValue) {
        #expect(TaskSpec(json: Self.smallest(with: name, value)) == nil)
    }

    @Test(arguments: ["sessionId", "priority", "not_before", "after", "permissions", "metadata", "timeout_s"])
    func null_isTheSameAsNothing(_ name: String) {
        #expect(TaskSpec(json: Self.smallest(with: name, .null)) == TaskSpec(json: Self.smallest))
    }

    @Test(arguments: [nil, 1, "x", [], [:]] as [JSONValue])
    func spec_isRefused_whenItIsNoObject(_ json: JSONValue) {
        #expect(TaskSpec(json: json) == nil)
    }

    @Test func workspaceWithANul_doesNotTrap() {
        _ = TaskSpec(json: Self.smallest(with: "workspace", "/a\0b"))
        _ = TaskSpec(json: Self.smallest(with: "workspace", "\0"))
    }

    @Test func everyVerdict_belongsInOneState_andHasAnExitCodeOfItsOwn() {
        let failed = Verdict.allCases.filter { $0.state == .failed }
        #expect(Set(Verdict.allCases.filter { $0.state == .done }) == [.verified, .changed, .unchanged])
        #expect(Set(failed.map(\.exitCode)).count == failed.count)
        #expect(failed.allSatisfy { $0.exitCode > 2 && $0.exitCode < 64 })
        #expect(Verdict.allCases.filter { $0.state == .done }.allSatisfy { $0.exitCode == 0 })
    }
}
