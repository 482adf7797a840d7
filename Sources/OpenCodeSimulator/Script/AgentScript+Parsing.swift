extension AgentScript {
    /// The most lines that one prompt may give.
    static let maximumLines = 2000
    /// A day: long enough for any test, and safe to add to a clock.
    static let maximumSeconds = 86_400.0
    /// The largest frame that `sim: big` makes: beyond the largest that OpenCode was seen to send.
    static let maximumFrame = 256 << 20

    /// Reads the script out of a prompt: its lines that begin with `sim:`, or without any, a small helpful turn.
    ///
    /// A line that can't be understood makes the whole turn fail with an error that names it, and nothing is done.
    init(prompt: String) { self.init(prompt: prompt, after: []) }

    static func commands(in prompt: String) -> [String] {
        prompt.split(whereSeparator: \.isNewline).compactMap(Self.command)
    }

    init(_ lines: [String]) {
        self.init()
        if lines.count > Self.maximumLines {
            refuse("more than \(Self.maximumLines) sim: lines")
            return
        }
        var rest = lines[...]
        do {
            instructions = try block(&rest, depth: 0)
        } catch {
            self.init()
            refuse(error.message)
        }
    }

    private mutating func refuse(_ message: String) {
        instructions = [.fail(.unknown("\(message); `openloom simulate --help` lists what there is"))]
    }

    /// What follows `sim:`, or nil for a line that is none of ours.
    private static func command(_ line: Substring) -> String? {
        let line = line.drop { $0 == " " || $0 == "\t" }
        guard line.lowercased().hasPrefix("sim:") else { return nil }
        return String(line.dropFirst(4)).trimmed
    }

    /// The instructions up to the end of the text, or up to the `end` of this block.
    private mutating func block(
        _ lines: inout ArraySlice<String>, depth: Int
    ) throws(ScriptFault) -> [Instruction] {
        var found: [Instruction] = []
        while let line = lines.popFirst() {
            let (word, rest) = line.firstWord
            switch word {
            case "end":
                if depth == 0 { throw ScriptFault("`sim: end` without `sim: subagent`") }
                return found
            case "subagent":
                if depth >= 3 { throw ScriptFault("subagents within subagents more than three deep") }
                found.append(
                    .subagent(title: rest.isEmpty ? "Subagent" : rest, try block(&lines, depth: depth + 1)))
            default:
                if let setting = try setting(word, rest) {
                    if depth > 0 { throw ScriptFault("`sim: \(word)` is for the whole turn, not for a subagent") }
                    setting(&self)
                } else {
                    found.append(try Self.instruction(word, rest))
                }
            }
        }
        if depth > 0 { throw ScriptFault("`sim: subagent` without `sim: end`") }
        return found
    }

    /// A line that says how the whole turn is, rather than what is done next.
    private func setting(
        _ word: String, _ rest: String
    ) throws(ScriptFault) -> ((inout AgentScript) -> Void)? {
        switch word {
        case "silent": return { $0.reception = .silent }
        case "nopersist": return { $0.reception = .notPersisted }
        case "noturn": return { $0.reception = .noTurn }
        case "noassistant": return { $0.noAssistant = true }
        case "empty": return { $0.empty = true }
        case "busy-after": return { $0.staysBusy = true }
        case "title-after-idle": return { $0.titleAfterIdle = true }
        case "complete": return { $0.setMarker(.complete) }
        case "nomarker": return { $0.setMarker(nil) }
        case "nochange": return { $0.setMarker(.noChange) }
        case "finish":
            let known = ["stop", "length", "content-filter", "tool-calls", "error", "unknown"]
            guard known.contains(rest) else {
                throw ScriptFault("`sim: finish` takes one of \(known.joined(separator: ", "))")
            }
            return { $0.finish = rest }
        default: return nil
        }
    }

    private mutating func setMarker(_ marker: Marker?) {
        self.marker = marker
        markerIsExplicit = true
    }

    private static func instruction(_ word: String, _ rest: String) throws(ScriptFault) -> Instruction {
        switch word {
        case "write":
            let (path, content) = try pathAndText(rest, word)
            return .write(path: path, content: content)
        case "append":
            let (path, content) = try pathAndText(rest, word)
            return .append(path: path, content: content)
        case "delete": return .delete(path: try pathAndText(rest, word).path)
        case "mkdir": return .makeDirectory(path: try pathAndText(rest, word).path)
        case "run":
            if rest.isEmpty { throw ScriptFault("`sim: run` needs a command") }
            return .runCommand(rest)
        case "say": return .say(rest.unescaped)
        case "think": return .think(seconds: try seconds(rest, word))
        case "step": return .endStep(gap: rest.isEmpty ? 0 : try seconds(rest, word))
        case "ask", "ask!":
            let (permission, pattern) = rest.firstWord
            if permission.isEmpty { throw ScriptFault("`sim: \(word)` needs the name of a permission") }
            return .ask(permission: permission, pattern: pattern.isEmpty ? "*" : pattern, always: word == "ask!")
        case "question", "question!":
            let fields = rest.split(separator: "|").map { String($0).trimmed }
            guard let header = fields.first, !header.isEmpty else {
                throw ScriptFault("`sim: \(word)` needs a header, then options between bars")
            }
            let form = AgentForm(header: header, options: Array(fields.dropFirst()))
            return .question(form, always: word == "question!")
        case "form", "form!": return .question(try form(rest, word), always: word == "form!")
        case "fail": return .fail(try failure(rest))
        case "retry":
            let (times, wait) = rest.firstWord
            return .retry(
                times: try number(times, in: 1...1000, word), seconds: wait.isEmpty ? 0 : try seconds(wait, word))
        case "stall": return .stall
        case "big": return .frame(bytes: try number(rest, in: 1...maximumFrame, word))
        case "cut": return .cutStreams
        case "restart": return .restart
        case "tokens":
            let fields = rest.split(separator: " ").map(String.init)
            guard (2...3).contains(fields.count) else {
                throw ScriptFault("`sim: tokens` takes INPUT OUTPUT [COST]")
            }
            return .usage(
                TokenUsage(
                    input: try number(fields[0], in: 0...1_000_000_000, word),
                    output: try number(fields[1], in: 0...1_000_000_000, word),
                    cost: fields.count == 3 ? try seconds(fields[2], word) : 0))
        default: throw ScriptFault("no line `sim: \(String(word.prefix(40)))`")
        }
    }

    /// `TITLE | KEY TYPE [OPTION, OPTION…] | …`
    private static func form(_ text: String, _ word: String) throws(ScriptFault) -> AgentForm {
        let parts = text.split(separator: "|").map { String($0).trimmed }
        var fields: [AgentForm.Field] = []
        for part in parts.dropFirst() {
            let (key, rest) = part.firstWord
            let (type, options) = rest.firstWord
            guard !key.isEmpty, let kind = AgentForm.Field.Kind(rawValue: type) else {
                let known = AgentForm.Field.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ScriptFault("each field of `sim: \(word)` is KEY TYPE [OPTION, OPTION…], TYPE one of \(known)")
            }
            let choices = options.split(separator: ",").map { String($0).trimmed }
            fields.append(AgentForm.Field(key: key, kind: kind, title: key, options: choices))
        }
        guard let title = parts.first, !title.isEmpty, !fields.isEmpty, Set(fields.map(\.key)).count == fields.count
        else { throw ScriptFault("`sim: \(word)` needs a title, then fields of different names between bars") }
        return AgentForm(title: title, fields: fields)
    }

    private static func failure(_ text: String) throws(ScriptFault) -> AgentFailure {
        let fields = text.split(separator: " ").map(String.init)
        switch fields.first {
        case "auth": return .providerAuth
        case "overflow": return .contextOverflow
        case "length": return .outputLength
        case "structured": return .structuredOutput
        case "aborted": return .aborted
        case "unknown": return .unknown("Something went wrong in the scripted agent")
        case "api":
            let status = fields.dropFirst().first { $0 != "retryable" }
            return .api(
                status: try status.map { text throws(ScriptFault) in try number(text, in: 100...599, "fail api") }
                    ?? 500,
                retryable: fields.contains("retryable"))
        default:
            throw ScriptFault(
                "`sim: fail` takes auth, api [STATUS] [retryable], overflow, length, structured, aborted or unknown")
        }
    }

    private static func pathAndText(
        _ rest: String, _ word: String
    ) throws(ScriptFault) -> (path: String, text: String) {
        var path: String
        var text: String
        if rest.first == "\"" {
            let inside = rest.dropFirst()
            guard let end = inside.firstIndex(of: "\"") else { throw ScriptFault("a quote that does not end") }
            path = String(inside[..<end])
            text = String(inside[inside.index(after: end)...]).trimmed
        } else {
            (path, text) = rest.firstWord
        }
        if path.isEmpty { throw ScriptFault("`sim: \(word)` needs a path") }
        return (path, text.unescaped)
    }

    private static func number(
        _ text: String, in range: ClosedRange<Int>, _ word: String
    ) throws(ScriptFault) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw ScriptFault("`sim: \(word)` takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func seconds(_ text: String, _ word: String) throws(ScriptFault) -> Double {
        guard let number = Double(text), number >= 0, number <= maximumSeconds else {
            throw ScriptFault("`sim: \(word)` takes a number from 0 to \(Int(maximumSeconds))")
        }
        return number
    }
}

/// Why a script is none.
private struct ScriptFault: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }

    fileprivate var firstWord: (word: String, rest: String) {
        guard let space = firstIndex(where: { $0.isWhitespace }) else { return (self, "") }
        return (String(self[..<space]), String(self[space...]).trimmed)
    }

    /// With `\n`, `\t` and `\\` turned into what they stand for.
    fileprivate var unescaped: String {
        var out = ""
        var escaped = false
        for character in self {
            if escaped {
                switch character {
                case "n": out += "\n"
                case "t": out += "\t"
                case "\\": out += "\\"
                default: out += "\\\(character)"
                }
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                out.append(character)
            }
        }
        return escaped ? out + "\\" : out
    }
}
