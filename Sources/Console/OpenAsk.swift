package import JSON
import Report
package import Spool
import SystemPackage

/// What an agent asked and waits for: `asks/ASK.json`, as a person needs to see it.
package struct OpenAsk: Sendable, Hashable {
    /// The ask's name: that of its file without `.json`.
    package var id: String
    /// What is asked, on one line.
    package var headline: String
    /// Answers that it takes; the first one is the one that lets the agent go on.
    package var answers: [String]
    /// Whether any other text is an answer, too.
    package var takesText: Bool
    /// The file's content.
    package var json: JSONValue

    /// Whether an answer lies beside it that nobody has taken yet.
    package var isAnswered: Bool

    /// Reads both kinds. A file without any field that we know still shows as an ask that waits.
    package init(id: String, json: JSONValue, isAnswered: Bool = false) {
        self.id = id
        self.json = json
        self.isAnswered = isAnswered
        let listed = json["answers"]?.array?.compactMap(\.string)
        if let questions = json["questions"]?.array, let question = questions.first {
            let more = questions.count > 1 ? " (the first of \(questions.count) questions)" : ""
            headline =
                SafeText.oneLine(question["question"]?.string ?? question["header"]?.string ?? "a question") + more
            answers = listed ?? (question["options"]?.array ?? []).compactMap(\.string)
            takesText = true
        } else {
            let objects = json["patterns"]?.array?.compactMap(\.string) ?? []
            let object = objects.isEmpty ? nil : objects.joined(separator: ", ")
            let parts = [json["permission"]?.string ?? "a permission", object].compactMap { $0 }
            headline = "wants " + SafeText.oneLine(parts.joined(separator: ": "))
            answers = listed ?? ["once", "reject"]
            takesText = false
        }
    }

    /// The commands that answer it, the most likely one first; none once it is answered.
    ///
    /// - Parameter open: Everything that the task asks: where the ask's name is too long for the width, the end of it
    ///   stands for it that no other ask has.
    package func commands(task shortID: String, among open: [OpenAsk], _ context: RenderContext) -> [String] {
        if isAnswered { return [] }
        let words =
            answers.isEmpty ? ["'YOUR ANSWER'"] : answers.prefix(9).map { ShellWord.quoted(SafeText.oneLine($0)) }
        func lines(_ name: String) -> [String] {
            words.map { context.command("answer \(shortID) \(ShellWord.quoted(name)) \($0)") }
        }
        let full = lines(id)
        if full.allSatisfy({ $0.displayWidth + Self.indent <= context.width }) { return full }
        let others = open.map(\.id).filter { $0 != id }
        for length in Self.shortestName..<max(Self.shortestName, id.count) {
            let end = String(id.suffix(length))
            if TaskID(end) != nil, !others.contains(where: { $0.hasSuffix(end) || $0.hasPrefix(end) }) {
                return lines(end)
            }
        }
        return full
    }

    private static let indent = 4
    private static let shortestName = 4
}

extension SpoolDirectory {
    /// An open ask of a running task. One that can't be read is still there and still waits.
    package func readAsk(_ name: String, of task: TaskPaths) -> OpenAsk {
        let json = try? readJSON(task.asks.appending("\(name).json"), limit: 1 << 20)
        return OpenAsk(id: name, json: json ?? .null, isAnswered: exists(task.asks.appending("\(name).answer")))
    }

    /// The ask that a person means by its name, or by an unambiguous beginning or end of it.
    ///
    /// - Throws: ``SpoolError`` when the task does not run, ``CommandFailure`` when no ask, or more than one, fits.
    package func ask(named text: String, of id: TaskID) throws -> String {
        let (task, _) = try locate(id, in: [.running], operation: "answer")
        let open = try openAsks(task)
        if open.contains(text) { return text }
        let found = open.filter { !text.isEmpty && ($0.hasPrefix(text) || $0.hasSuffix(text)) }
        if let only = found.first, found.count == 1 { return only }
        let why = found.isEmpty ? "asks nothing called \"\(text)\"" : "asks several things called like \"\(text)\""
        let names = open.prefix(5).joined(separator: ", ")
        throw CommandFailure(
            "\(id) \(why): " + (open.isEmpty ? "nothing waits for an answer" : "open is \(names)"),
            exitCode: CommandFailure.noSuchTask
        )
    }
}
