import JSON
import OpenCode
import Spool

/// Why the content of an answer file is no answer.
struct AskAnswerError: Error {
    var message: String
}

/// `asks/ASK.json` and `asks/ASK.answer`.
enum AskFile {
    /// The ask's id, if it can be a file name. The server chose it.
    static func name(of ask: AgentAsk) -> String? { TaskID(ask.id)?.rawValue }

    static func json(_ ask: AgentAsk) -> JSONValue {
        var object: JSONObject = [
            "id": .string(ask.id), "kind": .string(ask.kind.rawValue), "session": .string(ask.session),
            "time": .string(Timestamp.now().iso8601),
        ]
        switch ask.kind {
        case .permission:
            object["permission"] = .string(ask.permission)
            object["patterns"] = JSONValue(ask.patterns)
            object["answers"] = ["once", "reject"]
        case .question:
            object["questions"] = .array(
                ask.questions.map { question in
                    [
                        "header": .string(question.header), "question": .string(question.text),
                        "options": JSONValue(question.options), "multiple": .bool(question.isMultiple),
                        "type": .string(question.kind.rawValue), "required": .bool(question.isRequired),
                    ]
                }
            )
            object["answers"] = JSONValue((ask.questions.first?.options ?? []) + ["reject"])
        }
        return .object(object)
    }

    /// Reads one word, a line of text, or JSON: `{"reply": "once"}`, `{"reply": "reject", "message": "…"}`,
    /// `{"answers": [["label"], …]}`.
    ///
    /// For a question a number chooses the option in that place, from 1; any other text is an answer in own words.
    /// `always` is taken for `once`: what holds for ever would outlive the task.
    static func reply(to ask: AgentAsk, text: String) throws(AskAnswerError) -> AskReply {
        let trimmed = text.split(whereSeparator: \.isNewline).joined(separator: "\n").trimmed
        if trimmed.hasPrefix("{") { return try reply(to: ask, jsonText: trimmed) }
        switch (ask.kind, trimmed.lowercased()) {
        case (.permission, "once"), (.permission, "allow"), (.permission, "always"), (.permission, "yes"): return .once
        case (_, "reject"), (_, "deny"), (.permission, "no"): return .reject(message: refusal)
        case (.permission, _):
            throw AskAnswerError(
                message: "\"\(trimmed.prefix(80))\" is no answer to a permission; write once or reject")
        case (.question, _): return .answers([[option(trimmed, of: ask.questions.first)]] + rest(of: ask))
        }
    }

    private static let refusal = "A person refused this. Go on without it, or say why that is impossible."

    private static func reply(to ask: AgentAsk, jsonText: String) throws(AskAnswerError) -> AskReply {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: jsonText)
        } catch {
            throw AskAnswerError(message: "broken JSON: \(error)")
        }
        if let answers = json["answers"]?.array, ask.kind == .question {
            let lists = answers.map { $0.array?.compactMap(\.string) ?? $0.string.map { [$0] } ?? [] }
            guard lists.count == ask.questions.count else {
                throw AskAnswerError(message: "there are \(ask.questions.count) questions, and \(lists.count) answers")
            }
            return .answers(lists)
        }
        guard let word = json["reply"]?.string ?? json["answer"]?.string else {
            throw AskAnswerError(message: "should hold \"reply\" or, for a question, \"answers\"")
        }
        if word == "reject" || word == "deny" { return .reject(message: json["message"]?.string ?? refusal) }
        return try reply(to: ask, text: word)
    }

    private static func option(_ text: String, of question: AgentAsk.Question?) -> String {
        guard let options = question?.options, let number = Int(text), options.indices.contains(number - 1) else {
            return text
        }
        return options[number - 1]
    }

    /// Further questions of the same ask, of which one line can't speak, get their first option.
    private static func rest(of ask: AgentAsk) -> [[String]] {
        ask.questions.dropFirst().map { $0.options.first.map { [$0] } ?? [] }
    }
}

extension AskReply {
    var word: String {
        switch self {
        case .once: "once"
        case .reject: "reject"
        case .answers(let labels): labels.map { $0.joined(separator: ", ") }.joined(separator: "; ")
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
