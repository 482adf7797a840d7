package import JSON

/// What is answered when the agent asks for a permission or puts a question.
package struct AskPolicy: Sendable, Hashable {
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        /// `once`; for a question its first option.
        case allow
        /// The task waits until somebody answers.
        case ask
        /// Refused with a message, so that the turn goes on.
        case deny
    }

    /// What holds for every kind of ask that `rules` does not name.
    package var fallback: Rule
    /// By the permission's name (`bash`, `edit`, `external_directory`, …); `question` is that of questions.
    package var rules: [String: Rule]

    package init(fallback: Rule, rules: [String: Rule] = [:]) {
        self.fallback = fallback
        self.rules = rules
    }

    /// Allows everything, as whoever drops a file is not there to be asked, except what reaches out of the workspace
    /// and an agent that goes round in circles.
    package static let standard = AskPolicy(
        fallback: .allow, rules: ["external_directory": .ask, "doom_loop": .ask]
    )

    package func rule(for permission: String) -> Rule {
        if let rule = rules[permission] { return rule }
        return Self.synonyms.first { $0.contains(permission) }?.lazy.compactMap { rules[$0] }.first ?? fallback
    }

    /// OpenCode 1 and 2 have other names for the same permissions; a policy means both.
    private static let synonyms = [["bash", "shell"], ["task", "subagent"]]

    /// Why a text is no policy.
    package struct Problem: Error, Sendable, Hashable {
        package var message: String
    }

    /// Reads `allow`, `ask` or `deny`, or an object of them by permission name with `"*"` for all others.
    ///
    /// Names that the object leaves out keep their standard rule, so that `{"bash": "ask"}` does not open what is
    /// guarded by default; a single word means every permission.
    package init(json: JSONValue) throws(Problem) {
        switch json {
        case .string(let word):
            self.init(fallback: try Self.rule(word))
        case .object(let members):
            self = .standard
            for (name, value) in members {
                guard let word = value.string else {
                    throw Problem(message: "\(name): should be one of allow, ask, deny, but is \(value.kind)")
                }
                if name == "*" { fallback = try Self.rule(word) } else { rules[name] = try Self.rule(word) }
            }
        default:
            throw Problem(message: "should be allow, ask or deny, or a mapping of permission names to them")
        }
    }

    private static func rule(_ word: String) throws(Problem) -> Rule {
        guard let rule = Rule(rawValue: word) else {
            throw Problem(message: "\"\(word.prefix(80))\" should be one of allow, ask, deny")
        }
        return rule
    }

    package var json: JSONValue {
        if rules.isEmpty { return .string(fallback.rawValue) }
        var object: JSONObject = ["*": .string(fallback.rawValue)]
        for (name, rule) in rules.sorted(by: { $0.key < $1.key }) { object[name] = .string(rule.rawValue) }
        return .object(object)
    }
}
