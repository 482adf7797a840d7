import Console
import JSON
import Spool
import Testing

@Suite struct OpenAskTests {
    @Test func permission_saysWhatIsWanted_andIsAnsweredWithOnceOrReject() {
        #expect(permission.headline == "wants bash: rm -rf build")
        #expect(
            permission.commands(task: "k3x9a", among: [permission], context(80)) == [
                "openloom answer k3x9a per_1 once", "openloom answer k3x9a per_1 reject",
            ])
    }

    @Test func question_offersItsOptions_asWordsForAShell() {
        let ask = OpenAsk(
            id: "que_1",
            json: [
                "kind": "question",
                "questions": [["header": "DB", "question": "Which\ndatabase?", "options": ["SQLite", "None of it"]]],
            ])
        #expect(ask.headline == "Which database?")
        #expect(ask.takesText)
        #expect(
            ask.commands(task: "k3x9a", among: [ask], context(80, options: "--spool /s")) == [
                "openloom answer k3x9a que_1 SQLite --spool /s", "openloom answer k3x9a que_1 'None of it' --spool /s",
            ])
    }

    @Test func longName_isShortenedToAnEndThatNoOtherAskHas_whereTheWidthNeedsIt() {
        let ask = OpenAsk(id: "per_68abcdef0123ABCDEFGHIJ", json: ["permission": "bash"])
        let other = OpenAsk(id: "per_99999999xGHIJ", json: .null)
        let full = "openloom answer k3x9a per_68abcdef0123ABCDEFGHIJ once"
        #expect(ask.commands(task: "k3x9a", among: [ask, other], context(80)).first == full)
        #expect(
            ask.commands(task: "k3x9a", among: [ask, other], context(40)).first == "openloom answer k3x9a FGHIJ once")
        #expect(ask.commands(task: "k3x9a", among: [ask], context(40)).first == "openloom answer k3x9a GHIJ once")
    }

    @Test func unreadableAsk_stillShows() {
        #expect(OpenAsk(id: "x", json: .null).headline == "wants a permission")
    }

    @Test func answeredAsk_hasNoCommands() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("a")
        try temporary.run(id)
        try temporary.ask("per_1", permission.json, of: id)
        let task = temporary.spool.paths.task(id, in: .running)
        #expect(!temporary.spool.readAsk("per_1", of: task).isAnswered)
        try temporary.spool.answer(id, ask: "per_1", with: "once")
        let ask = temporary.spool.readAsk("per_1", of: task)
        #expect(ask.isAnswered)
        #expect(ask.commands(task: "x", among: [ask], context(80)).isEmpty)
    }

    @Test func ask_isFoundByPartOfItsName_ifThatIsClear() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("a")
        try temporary.run(id)
        try temporary.ask("per_11", permission.json, of: id)
        try temporary.ask("per_12", permission.json, of: id)
        #expect(try temporary.spool.ask(named: "12", of: id) == "per_12")
        #expect(try temporary.spool.ask(named: "per_11", of: id) == "per_11")
        let ambiguous = #expect(throws: CommandFailure.self) { try temporary.spool.ask(named: "per", of: id) }
        #expect(ambiguous?.exitCode == 2)
        let unknown = #expect(throws: CommandFailure.self) { try temporary.spool.ask(named: "que_1", of: id) }
        #expect(unknown?.description == "\(id) asks nothing called \"que_1\": open is per_11, per_12")
    }
}
