import OpenCode
import Spool
import SystemPackage
import Testing

@testable import Dispatcher
@testable import Evidence

@Suite struct TaskBudgetTests {
    private func budget(_ change: (inout TaskSpec) -> Void) -> TaskBudget {
        var spec = TaskSpec(
            name: "x", workspace: "/w", goal: "x", created: Timestamp(milliseconds: 0), origin: TaskOrigin(.cli))
        change(&spec)
        return TaskBudget(spec)
    }

    private func changes(_ files: [(path: String, size: Int?)]) -> [FileChange] {
        files.map { file in
            var change = FileChange(file.size == nil ? .deleted : .added, FilePath(file.path))
            change.sizeAfter = file.size
            return change
        }
    }

    @Test func nothingIsTooMuch_whereNothingIsSaid() {
        let free = budget { _ in }
        #expect(!free.limitsUsage && !free.limitsChanges)
        #expect(free.excess(AgentUsage(tokens: .max, cost: 1e9)) == nil)
        #expect(free.excess(changes([("a", 1 << 40)])) == nil)
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

    @Test func filesAndBytes_areCounted_deletedOnesToo() {
        let files = budget { $0.maxFiles = 2 }
        #expect(files.excess(changes([("a", 1), ("b", nil)])) == nil)
        #expect(files.excess(changes([("a", 1), ("b", nil), ("c", 2)])) == "3 files changed, and 2 are allowed")
        #expect(budget { $0.maxFiles = 0 }.excess(changes([("a", 0)])) == "1 files changed, and 0 are allowed")
        let bytes = budget { $0.maxBytes = 10 }
        #expect(bytes.excess(changes([("a", 4), ("b", 6), ("c", nil)])) == nil)
        #expect(
            bytes.excess(changes([("a", 4), ("b", 7)])) == "the changed files have 11 bytes, and 10 are allowed")
    }

    @Test func paths_mustBeNamed_ofWhateverBytesTheyAre() {
        let paths = budget { $0.allowPaths = ["src", "docs/**/*.md"] }
        #expect(paths.excess(changes([("src/a/b.swift", 1), ("docs/x/y.md", 1), ("docs/z.md", nil)])) == nil)
        #expect(
            paths.excess(changes([("docs/x.txt", 1), ("src/a", 1)]))
                == "docs/x.txt changed, which allow_paths does not name")
        #expect(
            paths.excess(changes([("a\u{FF}", 1), ("b", 1)]))
                == "a\u{FF} and 1 more changed, which allow_paths does not name"
        )
        #expect(paths.excess(changes([("srcs/a", 1)])) != nil)
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
