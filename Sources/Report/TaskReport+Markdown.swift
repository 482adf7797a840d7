extension TaskReport {
    /// The report as Markdown: `result.md`.
    package var markdown: String { document(ReportStyle()).markdown }
}

extension ReportDocument {
    /// Whatever the agent, a file's name or a check's output says stands there as text: it can't become a heading, a
    /// link, a picture or HTML.
    package var markdown: String {
        "# \(MarkdownText.line(title))\n" + blocks.map { "\n" + markdown($0) }.joined()
    }

    private func markdown(_ block: Block) -> String {
        switch block {
        case .heading(let text): "## \(MarkdownText.line(text))\n"
        case .lead(let text): "**\(MarkdownText.line(text))**\n"
        case .paragraph(let spans): "\(markdown(spans))\n"
        case .table(let head, let rows): MarkdownText.table(head, rows.map { $0.map(markdown) })
        case .verbatim(let text): MarkdownText.fenced(text)
        case .list(let items): items.map { "- \(markdown($0))\n" }.joined()
        }
    }

    private func markdown(_ spans: [Span]) -> String {
        spans.map { span in
            switch span {
            case .word(let text): text
            case .strong(let text): "**\(text)**"
            case .text(let text): MarkdownText.line(text)
            case .code(let text): MarkdownText.code(text)
            }
        }.joined()
    }
}
