import YAML

/// Reads Markdown: front matter between two lines `---` if the first line is one, then the goal.
enum MarkdownSource {
    static func read(_ text: String, limits: YAMLLimits) throws(TaskSourceError) -> TaskDraft {
        let lines = Characters.withUnixLines(text).split(separator: "\n", omittingEmptySubsequences: false)
        var draft = TaskDraft()
        var bodyStart = 0
        if let first = lines.first, isFence(first) {
            guard let end = lines.dropFirst().firstIndex(where: isFence) else {
                throw TaskSourceError(
                    TaskSourceProblem(
                        place: .line(1),
                        message: "the front matter that begins here has no end; put a line --- below it, "
                            + "or an empty line above it if this is a rule"
                    )
                )
            }
            // An empty line in place of the fence: so every line that a message names is the file's.
            let matter = "\n" + lines[1..<end].map { $0 + "\n" }.joined()
            draft.fields = try KeyedSource.yaml(matter, limits: limits)
            bodyStart = end + 1
        }
        while bodyStart < lines.count, lines[bodyStart].allSatisfy(\.isWhitespace) { bodyStart += 1 }
        let body = lines[bodyStart...]
        draft.heading = MarkdownHeading.first(in: body)
        draft.body = body.joined(separator: "\n")
        draft.bodyPlace = .line(bodyStart + 1)
        draft.checks = try MarkdownVerify.items(in: body, firstLine: bodyStart + 1)
        return draft
    }

    private static func isFence(_ line: Substring) -> Bool {
        line.hasPrefix("---") && line.dropFirst(3).allSatisfy { $0 == " " || $0 == "\t" }
    }
}
