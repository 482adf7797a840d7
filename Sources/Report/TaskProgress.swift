/// How far a task is that has not ended, for people.
package struct TaskProgress: Sendable, Hashable {
    /// What the agent waits for an answer to.
    package struct Ask: Sendable, Hashable {
        package var id: String
        /// `permission`, `question`.
        package var kind: String
        package var text: String

        package init(id: String, kind: String, text: String) {
            self.id = id
            self.kind = kind
            self.text = text
        }
    }

    package var id: String
    package var name: String
    /// `running`, `waiting`, `paused`, `pending`.
    package var status: String
    /// Why it waits to be started again, if it does.
    package var reason: String
    package var workspace: String?
    package var session: String?
    package var started: String?
    package var asks: [Ask] = []
    /// What the agent said last, or does.
    package var message: String?

    package init(id: String, name: String, status: String, reason: String = "") {
        self.id = id
        self.name = name
        self.status = status
        self.reason = reason
    }

    private static let longestMessage = 4000
    private static let mostAsks = 20

    package func document(_ style: ReportStyle) -> ReportDocument {
        let words = style.words
        var document = ReportDocument(title: name)
        document.blocks.append(.lead(words.statuses[status] ?? status))
        if !reason.isEmpty { document.blocks.append(.paragraph([.text(reason)])) }
        var rows: [[[ReportDocument.Span]]] = [[[.word(words.task)], [.code(id)]]]
        if let workspace { rows.append([[.word(words.workspace)], [.code(workspace)]]) }
        if let session { rows.append([[.word(words.session)], [.code(session)]]) }
        if let started { rows.append([[.word(words.started)], [.text(style.time(started))]]) }
        document.blocks.append(.table(head: ["", ""], rows: rows))
        if !asks.isEmpty {
            document.blocks += [
                .heading(words.asks),
                .list(asks.prefix(Self.mostAsks).map { [.text($0.kind), .word(words.colon), .text($0.text)] }),
                .paragraph([.word(words.answerHow), .word(" "), .code("openloom answer \(id) \(asks[0].id) ANSWER")]),
            ]
        }
        if let message, !message.isEmpty {
            document.blocks += [
                .heading(words.lastMessage),
                .verbatim(String(message.unicodeScalars.prefix(Self.longestMessage))),
            ]
        }
        return document
    }
}
