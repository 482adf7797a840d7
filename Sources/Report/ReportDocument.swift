/// A report as headings, tables and paragraphs, in no format yet: what ``MarkdownText``, plain text and Word documents
/// are made of.
package struct ReportDocument: Sendable, Hashable {
    /// A piece of a line.
    package enum Span: Sendable, Hashable {
        /// Our own words; kept as they are.
        case word(String)
        case strong(String)
        /// Words of the agent, of a file, of a person: they stay text in every format.
        case text(String)
        /// A path or an id.
        case code(String)
    }

    package enum Block: Sendable, Hashable {
        case heading(String)
        /// The one line that says it all.
        case lead(String)
        case paragraph([Span])
        /// Every row has as many cells as the head; a head of empty texts is none.
        case table(head: [String], rows: [[[Span]]])
        /// Many lines, word for word.
        case verbatim(String)
        case list([[Span]])
    }

    package var title: String
    package var blocks: [Block] = []

    package init(title: String) { self.title = title }
}

/// For whom a report is written.
package struct ReportStyle: Sendable {
    package var words: ReportWords
    /// Whether it lies in the task's directory, beside the files that have the rest.
    package var isInTask: Bool
    /// Turns a time as the spool has it into one for people.
    package var time: @Sendable (String) -> String

    package init(
        words: ReportWords = .english, isInTask: Bool = true, time: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.words = words
        self.isInTask = isInTask
        self.time = time
    }
}

extension TaskReport {
    /// Characters of the claim that are shown.
    private static let longestClaim = 20_000
    /// Files that are listed; `evidence/changes.json` has all.
    private static let mostFiles = 200

    package func document(_ style: ReportStyle) -> ReportDocument {
        let words = style.words
        var document = ReportDocument(title: name)
        document.blocks.append(.lead(summary(in: words)))
        if !reason.isEmpty { document.blocks.append(.paragraph([.text(reason)])) }
        document.blocks.append(.table(head: ["", ""], rows: facts(style)))
        if let claim {
            document.blocks += [
                .heading(words.claim), .verbatim(String(claim.unicodeScalars.prefix(Self.longestClaim))),
            ]
            if claim.unicodeScalars.count > Self.longestClaim {
                document.blocks.append(.paragraph(style.isInTask ? words.claimRest : [.word(words.claimCut)]))
            }
        }
        if isCompared { document.blocks += [.heading(words.fact)] + found(style) }
        if !checks.isEmpty {
            let rows = checks.map { check -> [[ReportDocument.Span]] in
                [
                    [check.passed ? .word(words.passed) : .strong(words.failed)], [.text(check.name)],
                    [.text(check.expected)], [.text(check.found)],
                    check.milliseconds.map { [.word(Self.short($0))] } ?? [],
                ]
            }
            document.blocks += [
                .heading(words.checks),
                .table(head: ["", words.check, words.expected, words.found, words.took], rows: rows),
            ]
        }
        if style.isInTask { document.blocks += [.heading("Files of the task"), .list(places)] }
        return document
    }

    private var places: [[ReportDocument.Span]] {
        var places: [[ReportDocument.Span]] = [
            [.code("result.json"), .word(": this, for programs")], [.code("log.jsonl"), .word(": what happened when")],
        ]
        if session != nil { places.append([.code("transcript.json"), .word(": the conversation")]) }
        if isCompared { places.append([.code("evidence/changes.json"), .word(": every change, with hashes")]) }
        if files.contains(where: { $0.found != nil }) {
            places.append([
                .code("evidence/changes.patch"), .word(": the same for "), .code("git apply"),
                .word(", as far as it is text"),
            ])
        }
        if !checks.isEmpty { places.append([.code("evidence/checks/"), .word(": what the checks printed")]) }
        return places
    }

    private func facts(_ style: ReportStyle) -> [[[ReportDocument.Span]]] {
        let words = style.words
        var rows: [[[ReportDocument.Span]]] = []
        func add(_ label: String, _ value: [ReportDocument.Span]?) {
            guard let value, value != [.text("")], value != [.code("")] else { return }
            rows.append([[.word(label)], value])
        }
        add(words.task, [.code(id)])
        add(words.workspace, workspace.map { [.code($0)] })
        add(
            words.branch,
            branch.map {
                [.code($0)] + (commit.map { [.word(words.at), .code(String($0.prefix(12)))] } ?? [])
            })
        add(words.session, session.map { [.code($0)] + (server.map { [.word(words.at), .text($0)] } ?? []) })
        add(words.model, model.map { [.text($0)] })
        add(words.started, started.map { [.text(style.time($0))] })
        add(words.ended, ended.map { [.text(style.time($0))] })
        add(
            words.took,
            seconds.map {
                let turns = turns.flatMap { $0 > 1 ? ", \(words.turns.text($0))" : nil } ?? ""
                return [.word(Self.short(Int(min($0, 1e9) * 1000)) + turns)]
            })
        add(words.tokens, tokens.map { [.word(NumberText.count($0))] })
        add(words.cost, cost.map { [.word(NumberText.price($0))] })
        return rows
    }

    private func found(_ style: ReportStyle) -> [ReportDocument.Block] {
        let words = style.words
        var blocks: [ReportDocument.Block] = []
        if files.isEmpty {
            blocks.append(
                .paragraph([.word(undeterminable.isEmpty ? words.nothingChanged : words.nothingComparableChanged)]))
        } else {
            let rows = files.prefix(Self.mostFiles).map { file -> [[ReportDocument.Span]] in
                [
                    [.code(file.path)],
                    [file.found.map { .text(words.kinds[$0] ?? $0) } ?? .strong(words.notChanged)],
                    [.word(size(of: file))], [.text(file.told.map { words.kinds[$0] ?? $0 } ?? "")],
                ]
            }
            blocks.append(.table(head: [words.file, words.onDisk, words.bytes, words.told], rows: rows))
            let hidden = max(files.count, changed) - min(files.count, Self.mostFiles)
            if hidden > 0 {
                blocks.append(
                    .paragraph(
                        style.isInTask
                            ? [.word("\(hidden) more are in "), .code("evidence/changes.json"), .word(".")]
                            : [.word(words.moreFiles.text(hidden))]))
            }
        }
        if !undeterminable.isEmpty {
            blocks.append(.paragraph([.word(words.undeterminable)]))
            blocks.append(.list(undeterminable.prefix(Self.mostFiles).map { [.text($0)] }))
        }
        return blocks
    }

    private func size(of file: File) -> String {
        switch (file.sizeBefore, file.sizeAfter) {
        case (let before?, let after?): before == after ? "\(after)" : "\(before) → \(after)"
        case (nil, let after?): "\(after)"
        case (let before?, nil): "\(before) → 0"
        case (nil, nil): ""
        }
    }

    private static func short(_ milliseconds: Int) -> String {
        milliseconds < 10_000 ? "\(milliseconds) ms" : DurationText.exact(Double(milliseconds) / 1000)
    }
}
