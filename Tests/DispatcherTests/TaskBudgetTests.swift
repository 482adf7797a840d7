import JSON
import OpenCode
import Spool
import SystemPackage
import Testing
import Usage

@testable import Dispatcher
@testable import Evidence

@Suite struct TaskBudgetTests {
    private func budget(_ change: (inout TaskSpec) -> Void) -> TaskBudget {
        var spec = TaskSpec(
            name: "x", workspace: "/w", goal: "x", created: Timestamp(milliseconds: 0), origin: TaskOrigin(.cli))
        change(&spec)
        return TaskBudget(spec)
    }

    private func files(_ files: [(path: String, size: Int?)]) -> [FileChange] {
        files.map { file in
            var change = FileChange(file.size == nil ? .deleted : .added, FilePath(file.path))
            change.sizeAfter = file.size
            return change
        }
    }

    private func changes(_ list: [(path: String, size: Int?)]) -> ChangeSummary {
        var summary = ChangeSummary()
        summary.changes = files(list)
        return summary
    }

    @Test func nothingIsTooMuch_whereNothingIsSaid() {
        let free = budget { _ in }
        #expect(!free.limitsUsage && !free.limitsChanges)
        #expect(free.excess(AgentUsage(tokens: .max, cost: 1e9)) == nil)
        #expect(free.excess(changes([("a", 1 << 40)]), isOver: false) == nil)
    }

    @Test func tokensAndCost_areAllowedUpToTheirNumber() {
        let tight = budget {
            $0.maxTokens = 100
            $0.maxCost = 0.5
        }
        #expect(tight.excess(AgentUsage(tokens: 100, cost: 0.5)) == nil)
        #expect(tight.excess(AgentUsage(tokens: 101, cost: 0)) == "the task has used 101 tokens, and 100 are allowed")
        #expect(tight.excess(AgentUsage(tokens: 0, cost: 0.75)) == "the task has cost 0.75, and 0.5 is allowed")
    }

    /// Rule 13: by the server's totals, less what the session had used before; else by the messages of the prompt.
    @Test func rule13_wire2_budget_countsTheTotals_sinceThePrompt() {
        let small = budget { $0.maxTokens = 500 }
        let before = AgentUsage(tokens: 1000, cost: 1)
        var seen = TurnObservation(
            activity: .busy, isPromptThere: true,
            steps: ["1", "2"].map { AgentStep(id: $0, isCompleted: true, tokens: 260, cost: 0) }, fingerprint: 0)
        #expect(small.excess(seen.used(since: before)) == "the task has used 520 tokens, and 500 are allowed")
        seen.totals = AgentUsage(tokens: 1500, cost: 1)
        #expect(small.excess(seen.used(since: before)) == nil)
        seen.totals = AgentUsage(tokens: 1501, cost: 1)
        #expect(small.excess(seen.used(since: before)) == "the task has used 501 tokens, and 500 are allowed")
    }

    @Test func models_areAddedUp_overTheTurnsBefore() throws {
        func outcome(_ turn: Int, _ model: String) -> JSONValue {
            [
                "turn": .int(turn),
                "models": [["model": .string(model), "steps": 2, "cost": 0.5, "tokens": ["input": 7]]],
            ]
        }
        let outcomes = [outcome(1, "a/b"), outcome(2, "c/d"), outcome(3, "a/b")]
        let sum = RunResult.models(in: outcomes, before: 3).adding([ModelUsage(outcomes[0]["models"]?[0] ?? .null)])
        #expect(sum.map(\.model) == ["a/b", "c/d"])
        #expect(sum.map(\.steps) == [4, 2] && sum.map(\.cost) == [1, 0.5] && sum.map(\.counts.input) == [14, 7])
        // What a stranger wrote into the file adds nothing that can't be added.
        let odd = ModelUsage(["model": 1, "steps": -3, "cost": -1, "tokens": ["input": "x", "output": .int(.max)]])
        #expect(odd.model == nil && odd.steps == 0 && odd.cost == 0 && odd.counts.sum == 1 << 40)
    }

    @Test func filesAndBytes_areCounted_deletedOnesToo() {
        let files = budget { $0.maxFiles = 2 }
        #expect(files.excess(changes([("a", 1), ("b", nil)]), isOver: false) == nil)
        #expect(
            files.excess(changes([("a", 1), ("b", nil), ("c", 2)]), isOver: false)
                == "3 files changed, and 2 are allowed")
        #expect(
            budget { $0.maxFiles = 0 }.excess(changes([("a", 0)]), isOver: false)
                == "1 files changed, and 0 are allowed")
        let bytes = budget { $0.maxBytes = 10 }
        #expect(bytes.excess(changes([("a", 4), ("b", 6), ("c", nil)]), isOver: false) == nil)
        #expect(
            bytes.excess(changes([("a", 4), ("b", 7)]), isOver: false)
                == "the changed files have 11 bytes, and 10 are allowed")
    }

    @Test func paths_mustBeNamed_ofWhateverBytesTheyAre() {
        let paths = budget { $0.allowPaths = ["src", "docs/**/*.md"] }
        #expect(
            paths.excess(changes([("src/a/b.swift", 1), ("docs/x/y.md", 1), ("docs/z.md", nil)]), isOver: false) == nil)
        #expect(
            paths.excess(changes([("docs/x.txt", 1), ("src/a", 1)]), isOver: false)
                == "docs/x.txt changed, which allow_paths does not name")
        #expect(
            paths.excess(changes([("a\u{FF}", 1), ("b", 1)]), isOver: false)
                == "a\u{FF} and 1 more changed, which allow_paths does not name"
        )
        #expect(paths.excess(changes([("srcs/a", 1)]), isOver: false) != nil)
    }

    @Test func filesOutside_count_andNoPatternAllowsThem() {
        var found = changes([("a", 4)])
        found.outside = files([("/etc/passwd", 7)])
        #expect(budget { $0.maxFiles = 2 }.excess(found, isOver: true) == nil)
        #expect(
            budget { $0.maxFiles = 1 }.excess(found, isOver: false) == "2 files changed, and 1 are allowed")
        #expect(
            budget { $0.maxBytes = 10 }.excess(found, isOver: false)
                == "the changed files have 11 bytes, and 10 are allowed")
        for pattern in ["**", "*", "etc", "/etc"] {
            #expect(
                budget { $0.allowPaths = ["a", pattern] }.excess(found, isOver: false)
                    == "/etc/passwd changed, which allow_paths does not name")
        }
        found.outside = files([(".git/config", 7)])
        #expect(budget { $0.allowPaths = ["a"] }.excess(found, isOver: false) != nil)
        #expect(budget { $0.allowPaths = ["a", ".git"] }.excess(found, isOver: false) == nil)
    }

    @Test func whatCanNotBeTold_isTooMuch_onceTheTurnIsOver() {
        var found = changes([])
        found.undeterminable = ["big: touched", "d: cannot be read"]
        for limited in [budget { $0.maxFiles = 9 }, budget { $0.maxBytes = 9 }, budget { $0.allowPaths = ["a"] }] {
            #expect(limited.excess(found, isOver: false) == nil)
            #expect(
                limited.excess(found, isOver: true)
                    == "not all that changed could be told, and the task limits it: big: touched (and 1 more)")
        }
        #expect(budget { $0.maxTokens = 1 }.excess(found, isOver: true) == nil)
    }

    @Test func family_addsUpByModel() {
        func seen(_ model: String, _ tokens: Int) -> TurnObservation {
            TurnObservation(
                activity: .idle, isPromptThere: false,
                steps: [AgentStep(id: "1", isCompleted: true, model: model, tokens: tokens, cost: 0.5)], fingerprint: 0)
        }
        var family = FamilyUsage()
        family.add(seen("a/b", 10))
        family.add(seen("a/b", 20))
        family.add(seen("c/d", 1))
        #expect(family.sessions == 3)
        #expect(family.usage == AgentUsage(tokens: 31, cost: 1.5))
        #expect(family.models.map(\.steps) == [2, 1])
    }
}
