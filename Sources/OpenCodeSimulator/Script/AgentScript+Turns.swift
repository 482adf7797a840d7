import JSON

/// Scripts for several prompts of one session.
extension AgentScript {
    /// The script of a prompt that follows others in its session.
    ///
    /// `sim: turn N` begins the lines for the Nth prompt, counted from the one that holds the script. A prompt with lines
    /// of its own plays those before the first of them; one without any plays the lines that the newest script before it
    /// has for its turn, or else those for the last turn before.
    ///
    /// - Parameter earlier: The texts of the session's prompts before this one, oldest first.
    init(prompt: String, after earlier: [String]) {
        let own = Self.commands(in: prompt)
        if !own.isEmpty {
            self.init(own, turn: 1)
        } else if let index = earlier.lastIndex(where: { !Self.commands(in: $0).isEmpty }),
            case let lines = Self.commands(in: earlier[index]), lines.contains(where: { Self.turn(of: $0) != nil })
        {
            self.init(lines, turn: earlier.count - index + 1)
        } else {
            self.init(helpingWith: prompt)
        }
    }

    private init(_ lines: [String], turn wanted: Int) {
        var turns: [Int: [String]] = [1: []]
        var turn = 1
        for line in lines {
            guard let word = Self.turn(of: line) else {
                turns[turn, default: []].append(line)
                continue
            }
            guard let number = Int(word), (2...1000).contains(number) else {
                self.init(["turn"])
                return
            }
            turn = number
            turns[turn] = turns[turn] ?? []
        }
        // Before the first turn that is spoken of, nothing is to be done again.
        let last = turns.keys.filter { $0 <= wanted && ($0 > 1 || wanted == 1) }.max()
        self.init(last.flatMap { turns[$0] } ?? ["say There is nothing left to do."])
    }

    /// What follows `turn`; nil for every other line.
    private static func turn(of line: String) -> Substring? {
        guard line.hasPrefix("turn") else { return nil }
        let rest = line.dropFirst(4)
        guard rest.isEmpty || rest.first?.isWhitespace == true else { return nil }
        return rest.drop(while: \.isWhitespace)
    }
}

extension SimulatedServer {
    /// The script of a prompt, its session's earlier ones taken into account.
    func script(of text: String, id: String, in session: String) -> AgentScript {
        var earlier: [String] = []
        for message in sessions[session]?.messages ?? [] {
            if message.id == id { break }
            if let prompt = message.promptText { earlier.append(prompt) }
        }
        return AgentScript(prompt: text, after: earlier)
    }
}

extension StoredMessage {
    /// The text of a user's message, in either wire's shape; nil for every other message.
    fileprivate var promptText: String? {
        if info["type"]?.string == "user" { return info["text"]?.string }
        guard info["role"]?.string == "user" else { return nil }
        return parts.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}
