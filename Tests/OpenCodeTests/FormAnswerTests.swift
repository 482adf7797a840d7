import JSON
import Testing

@testable import OpenCode

/// Rule 29: forms are answered by type and key, or refused.
@Suite struct FormAnswerTests {
    private func field(
        _ key: String, _ kind: AgentAsk.Question.Kind = .text, options: [String] = [], values: [String]? = nil,
        multiple: Bool = false, required: Bool = true
    ) -> AgentAsk.Question {
        var field = AgentAsk.Question(text: key, header: key, options: options, isMultiple: multiple)
        field.key = key
        field.kind = kind
        field.values = values
        field.isRequired = required
        return field
    }

    @Test func standardAnswer_isTheFirstOption_byItsValue() {
        let fields = [
            field("choice", options: ["Yes, please", "No"], values: ["yes", "no"]), field("sure", .boolean),
            field("many", options: ["A", "B"], values: ["a", "b"], multiple: true),
            field("note", required: false),
        ]
        #expect(FormAnswer.standard(fields) == ["choice": "yes", "sure": true, "many": ["a"]])
    }

    @Test func rule29_wire2_externalField_isNotAnswered() {
        #expect(FormAnswer.standard([field("login", .external, required: false)]) == nil)
    }

    @Test func requiredText_isNotInvented() {
        #expect(FormAnswer.standard([field("name")]) == nil)
        #expect(FormAnswer.standard([field("age", .integer)]) == nil)
    }

    @Test func chosenLabels_becomeValuesOfTheFieldsType() throws {
        let fields = [
            field("choice", options: ["Yes, please", "No"], values: ["yes", "no"]), field("count", .integer),
            field("share", .number), field("sure", .boolean), field("free"),
            field("many", options: ["A", "B"], values: ["a", "b"], multiple: true),
        ]
        let answer = try FormAnswer.chosen([["No"], ["3"], ["0.5"], ["yes"], ["own words"], ["A", "B"]], fields)
        #expect(
            answer == [
                "choice": "no", "count": 3, "share": 0.5, "sure": true, "free": "own words", "many": ["a", "b"],
            ])
    }

    @Test(arguments: [AgentAsk.Question.Kind.integer, .number, .boolean, .external])
    func wordsForAnotherType_areRefused(_ kind: AgentAsk.Question.Kind) {
        let error = #expect(throws: AgentError.self) { try FormAnswer.chosen([["soon"]], [field("x", kind)]) }
        #expect(error?.code == .refused)
        #expect(error?.wasPossiblyReceived == false)
    }
}
