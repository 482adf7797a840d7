extension TaskReport {
    /// The report as Markdown: `result.md`.
    ///
    /// Whatever the agent, a file's name or a check's output says stands there as text: it can't become a heading, a
    /// link, a picture or HTML.
    package var markdown: String {
        var text = "# \(MarkdownText.line(name))\n\n**\(MarkdownText.line(summary))**\n"
        if !reason.isEmpty { text += "\n\(MarkdownText.line(reason))\n" }
        text += "\n" + MarkdownText.table(["", ""], facts)
        if let claim {
            text += "\n## Claim: what the agent says\n\n" + MarkdownText.fenced(claim, limit: Self.longestClaim)
        }
        if isCompared { text += "\n## Fact: what is on disk\n\n" + found }
        if !checks.isEmpty {
            let rows = checks.map { check in
                [
                    check.passed ? "passed" : "**failed**", MarkdownText.line(check.name),
                    MarkdownText.line(check.expected), MarkdownText.line(check.found),
                    check.milliseconds.map { Self.short($0) } ?? "",
                ]
            }
            text += "\n## Checks\n\n" + MarkdownText.table(["", "check", "expected", "found", "took"], rows)
        }
        return text + "\n## Files of the task\n\n" + places
    }

    /// Characters of the claim that are shown.
    private static let longestClaim = 20_000
    /// Files that are listed; `evidence/changes.json` has all.
    private static let mostFiles = 200

    private var places: String {
        var places = ["`result.json`: this, for programs", "`log.jsonl`: what happened when"]
        if session != nil { places.append("`transcript.json`: the conversation") }
        if isCompared { places.append("`evidence/changes.json`: every change, with hashes") }
        if files.contains(where: { $0.found != nil }) {
            places.append("`evidence/changes.patch`: the same for `git apply`, as far as it is text")
        }
        if !checks.isEmpty { places.append("`evidence/checks/`: what the checks printed") }
        return places.map { "- \($0)\n" }.joined()
    }

    private var facts: [[String]] {
        var rows: [[String]] = []
        func add(_ label: String, _ value: String?) {
            if let value, !value.isEmpty { rows.append([label, value]) }
        }
        add("task", MarkdownText.code(id))
        add("workspace", workspace.map(MarkdownText.code))
        add(
            "branch",
            branch.map {
                MarkdownText.code($0) + (commit.map { " at \(MarkdownText.code(String($0.prefix(12))))" } ?? "")
            })
        add("session", session.map { MarkdownText.code($0) + (server.map { " at \(MarkdownText.line($0))" } ?? "") })
        add("model", model.map(MarkdownText.line))
        add("started", started.map(MarkdownText.line))
        add("ended", ended.map(MarkdownText.line))
        add(
            "took",
            seconds.map { Self.short(Int(min($0, 1e9) * 1000)) + (turns.map { $0 > 1 ? ", \($0) turns" : "" } ?? "") })
        add("tokens", tokens.map { NumberText.count($0) })
        add("cost", cost.map { NumberText.price($0) })
        return rows
    }

    private var found: String {
        var text = ""
        if files.isEmpty {
            text += undeterminable.isEmpty ? "Nothing changed.\n" : "Nothing that could be compared has changed.\n"
        } else {
            let rows = files.prefix(Self.mostFiles).map { file in
                [
                    MarkdownText.code(file.path), file.found.map(MarkdownText.line) ?? "**not changed**",
                    size(of: file),
                    MarkdownText.line(file.told ?? ""),
                ]
            }
            text += MarkdownText.table(["file", "on disk", "bytes", "the agent's server says"], rows)
            let hidden = max(files.count, changed) - min(files.count, Self.mostFiles)
            if hidden > 0 { text += "\n\(hidden) more are in `evidence/changes.json`.\n" }
        }
        if !undeterminable.isEmpty {
            text +=
                "\nCould not be determined:\n\n"
                + undeterminable.prefix(Self.mostFiles).map { "- \(MarkdownText.line($0))\n" }.joined()
        }
        return text
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
