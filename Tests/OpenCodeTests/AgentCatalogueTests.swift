import JSON
import Testing

@testable import OpenCode

/// Rules 9 and 31: a wrong name is found out before the prompt.
@Suite struct AgentCatalogueTests {
    private let catalogue = AgentCatalogue(
        models: ["p/small": [], "p/large": ["high", "low"], "q/x/y": []], agents: ["build", "plan"])

    @Test(arguments: [
        AgentChoice(), AgentChoice(model: "p/small"), AgentChoice(model: "q/x/y", agent: "plan"),
        AgentChoice(model: "p/large", variant: "high"),
    ]) func knownNames_areGood(_ choice: AgentChoice) throws {
        try catalogue.check(choice)
    }

    @Test(arguments: [
        (AgentChoice(model: "p/medium"), "p/small"), (AgentChoice(model: "p/large", variant: "medium"), "high, low"),
        (AgentChoice(agent: "writer"), "build, plan"), (AgentChoice(model: "small"), "PROVIDER/MODEL"),
        (AgentChoice(model: "p/small", variant: "high"), "has none"),
    ]) func rule9_unknownName_isRefused_withThoseThatThereAre(_ choice: AgentChoice, _ words: String) {
        let error = #expect(throws: AgentError.self) { try catalogue.check(choice) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(words) == true)
        #expect(error?.wasPossiblyReceived == false)
    }

    @Test func variants_areReadFromAMappingOrAList() throws {
        #expect(AgentCatalogue.variants(["high": [:], "low": [:]]) == ["high", "low"])
        #expect(AgentCatalogue.variants(["high", ["id": "low"], 7]) == ["high", "low"])
        #expect(AgentCatalogue.variants(nil).isEmpty)
    }
}
