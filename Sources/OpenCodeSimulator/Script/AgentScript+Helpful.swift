extension AgentScript {
    /// The turn for a prompt without a script: one note about the goal, written in three steps.
    init(helpingWith prompt: String) {
        let goal = Self.goal(of: prompt)
        let title = Self.title(of: goal)
        let excerpt = goal.split(separator: "\n", omittingEmptySubsequences: false).prefix(40)
            .map { ">\($0.isEmpty ? "" : " ")\($0)" }.joined(separator: "\n")
        let content = """
            # \(title)

            What was asked for:

            \(excerpt)

            Written by OpenLoom's simulated agent; no language model was involved.

            """
        self.init(instructions: [
            .say("I will write a note about “\(title)”."),
            .endStep(gap: 0),
            .note(slug: Self.slug(of: title), content: content),
            .endStep(gap: 0),
        ])
    }

    /// The prompt without the completion protocol that OpenLoom puts after the goal: everything from the last
    /// paragraph on that speaks of the marker.
    static func goal(of prompt: String) -> String {
        var paragraphs: [[Substring]] = [[]]
        for line in prompt.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                paragraphs.append([])
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        paragraphs.removeAll(where: \.isEmpty)
        let mentions = { (paragraph: [Substring]) in
            paragraph.contains { $0.contains(Marker.complete.rawValue) || $0.contains(Marker.noChange.rawValue) }
        }
        if paragraphs.count > 1, let last = paragraphs.lastIndex(where: mentions), last > 0 {
            paragraphs.removeSubrange(last...)
            // A rule or a heading that only introduced the protocol.
            while paragraphs.count > 1, let line = paragraphs.last?.first, paragraphs.last?.count == 1,
                line.allSatisfy({ "-*_= ".contains($0) })
            {
                paragraphs.removeLast()
            }
        }
        return paragraphs.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    /// The first heading, else the first words.
    private static func title(of goal: String) -> String {
        let lines = goal.split(separator: "\n")
        let heading = lines.first { $0.hasPrefix("#") }.map { $0.drop { $0 == "#" || $0 == " " } }
        let line = heading.flatMap { $0.isEmpty ? nil : $0 } ?? lines.first ?? "Note"
        let words = line.split(whereSeparator: \.isWhitespace).prefix(8).joined(separator: " ")
        return words.isEmpty ? "Note" : String(words.prefix(72))
    }

    /// Lower-case letters and digits, joined by dashes; at most 48 bytes.
    private static func slug(of title: String) -> String {
        var slug = ""
        for byte in title.lowercased().utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                slug.unicodeScalars.append(Unicode.Scalar(byte))
            default: if !slug.isEmpty, slug.last != "-", byte < 0x80 { slug += "-" }
            }
            if slug.utf8.count >= 48 { break }
        }
        while slug.last == "-" { slug.removeLast() }
        return slug.isEmpty ? "note" : slug
    }
}
