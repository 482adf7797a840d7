import OpenCode
import Spool
import SystemPackage
import Testing

@testable import Dispatcher

/// Who works: the task's own wishes, then its workspace's, then those for all.
@Suite struct AgentChoiceTests {
    private func choice(
        task: AgentChoice = AgentChoice(), workspace: AgentChoice? = nil, all: AgentChoice = AgentChoice()
    ) -> AgentChoice {
        var settings = HarnessSettings()
        settings.choice = all
        if let workspace { settings.setChoice(workspace, for: "/no/such/workspace") }
        var spec = TaskSpec(
            name: "n", workspace: "/no/such/workspace", goal: "g", created: .now(), origin: TaskOrigin(.rest))
        spec.model = task.model
        spec.agent = task.agent
        spec.variant = task.variant
        return settings.choice(of: spec, in: "/no/such/workspace")
    }

    @Test func task_winsOverWorkspace_andWorkspaceOverAll() {
        let all = AgentChoice(model: "a/a", agent: "a")
        #expect(choice(all: all) == all)
        #expect(choice(workspace: AgentChoice(model: "w/w"), all: all) == AgentChoice(model: "w/w", agent: "a"))
        #expect(
            choice(task: AgentChoice(agent: "t"), workspace: AgentChoice(model: "w/w"), all: all)
                == AgentChoice(model: "w/w", agent: "t"))
    }

    /// The variant of one model means nothing to another.
    @Test func variant_comesFromWhereTheModelIsFrom_orFromNearer() {
        let all = AgentChoice(model: "a/a", variant: "high")
        #expect(choice(all: all).variant == "high")
        #expect(choice(task: AgentChoice(model: "t/t"), all: all).variant == nil)
        #expect(choice(task: AgentChoice(variant: "low"), all: all) == AgentChoice(model: "a/a", variant: "low"))
        #expect(choice(task: AgentChoice(model: "t/t", variant: "low"), all: all).variant == "low")
    }
}
