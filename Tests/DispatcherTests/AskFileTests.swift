import OpenCode
import Testing

@testable import Dispatcher

@Suite struct AskFileTests {
    private let permission = AgentAsk(id: "per_1", kind: .permission, session: "ses_1", permission: "bash")
    private let question = AgentAsk(
        id: "que_1", kind: .question, session: "ses_1", permission: "question",
        questions: [.init(text: "Which?", header: "Choice", options: ["red", "blue"], isMultiple: false)]
    )

    @Test(arguments: ["once", "once\n", " allow ", "always", "{\"reply\": \"once\"}"])
    func permission_isGrantedOnce(text: String) throws {
        #expect(try AskFile.reply(to: permission, text: text) == .once)
    }

    @Test func rejection_carriesAMessage_soThatTheTurnGoesOn() throws {
        let reply = try AskFile.reply(to: permission, text: "{\"reply\":\"reject\",\"message\":\"use make\"}")
        #expect(reply == .reject(message: "use make"))
        guard case .reject(let message) = try AskFile.reply(to: permission, text: "reject") else {
            Issue.record("no rejection")
            return
        }
        #expect(!message.isEmpty)
    }

    @Test(arguments: ["perhaps", "{", "{\"x\": 1}"])
    func nonsense_isRefusedInWords(text: String) {
        let error = #expect(throws: AskAnswerError.self) { try AskFile.reply(to: permission, text: text) }
        #expect(error?.message.isEmpty == false)
    }

    @Test func question_takesALabel_aNumber_orOwnWords() throws {
        #expect(try AskFile.reply(to: question, text: "blue") == .answers([["blue"]]))
        #expect(try AskFile.reply(to: question, text: "1") == .answers([["red"]]))
        #expect(try AskFile.reply(to: question, text: "green, please") == .answers([["green, please"]]))
        #expect(try AskFile.reply(to: question, text: "{\"answers\": [[\"red\"]]}") == .answers([["red"]]))
    }

    @Test func answersForAnotherNumberOfQuestions_areRefused() {
        #expect(throws: AskAnswerError.self) { try AskFile.reply(to: question, text: "{\"answers\": [[],[]]}") }
    }

    @Test(arguments: ["../evil", "a/b", "", ".hidden"])
    func strangeAskID_isNoFileName(id: String) {
        let ask = AgentAsk(id: id, kind: .permission, session: "s", permission: "bash")
        #expect(AskFile.name(of: ask) == nil)
    }
}
