import JSON
import Spool
import Testing

@Suite struct AskPolicyTests {
    @Test func standard_allows_butForWhatReachesOut() {
        let policy = AskPolicy.standard
        #expect(policy.rule(for: "bash") == .allow)
        #expect(policy.rule(for: "question") == .allow)
        #expect(policy.rule(for: "external_directory") == .ask)
        #expect(policy.rule(for: "doom_loop") == .ask)
    }

    @Test(arguments: AskPolicy.Rule.allCases)
    func word_meansEveryPermission(_ rule: AskPolicy.Rule) throws {
        let policy = try AskPolicy(json: .string(rule.rawValue))
        for permission in ["bash", "external_directory", "doom_loop", "question", "anything"] {
            #expect(policy.rule(for: permission) == rule)
        }
    }

    @Test func object_keepsTheStandardForWhatItLeavesOut() throws {
        let policy = try AskPolicy(json: ["bash": "deny"])
        #expect(policy.rule(for: "bash") == .deny)
        #expect(policy.rule(for: "edit") == .allow)
        #expect(policy.rule(for: "external_directory") == .ask)
    }

    @Test func star_isTheRuleForAllOthers() throws {
        let policy = try AskPolicy(json: ["*": "deny", "edit": "allow"])
        #expect(policy.rule(for: "edit") == .allow)
        #expect(policy.rule(for: "bash") == .deny)
    }

    @Test(
        arguments: [
            "once", "always", "", "Allow", 1, nil, true, ["allow"], ["bash": 1], ["bash": "always"], ["*": nil],
        ] as [JSONValue])
    func policy_isRefused(_ json: JSONValue) {
        #expect(throws: AskPolicy.Problem.self) { try AskPolicy(json: json) }
    }

    @Test func problem_namesThePermission_andWhatIsPossible() {
        let problem = #expect(throws: AskPolicy.Problem.self) { try AskPolicy(json: ["bash": [1]]) }
        #expect(problem?.message == "bash: should be one of allow, ask, deny, but is a list")
        let word = #expect(throws: AskPolicy.Problem.self) { try AskPolicy(json: "yes") }
        #expect(word?.message == "\"yes\" should be one of allow, ask, deny")
    }

    @Test(
        arguments: ["allow", "deny", ["bash": "ask"], ["*": "deny", "edit": "allow", "doom_loop": "allow"], [:]]
            as [JSONValue])
    func policy_isReadBackAsItWas(_ json: JSONValue) throws {
        let policy = try AskPolicy(json: json)
        #expect(try AskPolicy(json: policy.json) == policy)
    }
}
