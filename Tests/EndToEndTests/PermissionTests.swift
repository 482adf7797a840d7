import JSON
import Spool
import SystemPackage
import Testing

/// What is answered when the agent asks and nobody is to be asked.
@Suite(.timeLimit(.minutes(5))) struct PermissionTests {
    private func run(_ goal: String, permissions: String?) throws -> (world: World, id: String) {
        let world = try World(configuration: permissions.map { ["harness: {permissions: \($0)}"] } ?? [])
        try world.serve()
        try world.drop("Asks", workspace: try world.workspace(), goal: goal)
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.prompts.count == 1)
        return (world, id)
    }

    private func answers(_ world: World, _ id: String) -> [JSONValue] {
        world.log(id, .done).filter { $0["event"]?.string == "answered" }
    }

    private func lastWords(_ world: World, _ id: String) -> String {
        Files.json(world.task(id, .done).appending("result.json"))?["claim"]?.compact ?? ""
    }

    /// With words for the agent: without them the turn would end.
    @Test func permission_thatIsDenied_isRejected_andTheTurnGoesOn() throws {
        let (world, id) = try run("sim: ask bash rm\nsim: write a.txt a", permissions: "{bash: deny}")
        #expect(world.verdict(id) == "changed")
        let answers = answers(world, id)
        #expect(answers.map { $0["answer"]?.string } == ["reject"])
        #expect(answers.first?["by"]?.string == "policy", "\(answers)")
        #expect(lastWords(world, id).contains("Go on without it"), "\(lastWords(world, id))")
    }

    @Test func permission_isAllowedOnce_whenNothingIsSaid() throws {
        let (world, id) = try run("sim: ask bash ls\nsim: ask bash ls\nsim: write a.txt a", permissions: nil)
        #expect(answers(world, id).map { $0["answer"]?.string } == ["once", "once"])
        #expect(lastWords(world, id).contains("allowed"))
    }

    @Test func question_getsItsFirstOption_whenNothingIsSaid() throws {
        let (world, id) = try run("sim: question Colour | red | blue\nsim: write a.txt a", permissions: nil)
        #expect(world.verdict(id) == "changed")
        #expect(answers(world, id).map { $0["kind"]?.string } == ["question"])
        #expect(answers(world, id).map { $0["by"]?.string } == ["policy"])
        #expect(lastWords(world, id).contains("red"), "\(lastWords(world, id))")
    }
}
