import Glibc
import JSON
import SystemPackage

/// `spool-layout.md`, taken apart.
struct LayoutDocument {
    let lines: [Substring]

    /// The checkout that these tests were compiled from.
    static let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    init() throws {
        let path = Self.checkout.appending("spool-layout.md")
        guard let text = Files.text(path) else { throw Child.Failure(description: "can't read \(path)") }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines below the heading of a part, up to the next part.
    func part(_ number: Int) -> [Substring] {
        Array(lines.drop { !$0.hasPrefix("## \(number). ") }.dropFirst().prefix { !$0.hasPrefix("## ") })
    }

    /// A line of the listing in part 2: `drwx------ done`.
    struct Listed: Hashable, Comparable, CustomStringConvertible {
        var mode: String
        var path: String

        var description: String { "\(mode) \(path)" }

        static func < (left: Listed, right: Listed) -> Bool {
            left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
        }
    }

    var listing: [Listed] {
        Self.blocks(of: part(2)).first { $0.language.isEmpty }?.lines.compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1)
            return words.count == 2 ? Listed(mode: String(words[0]), path: String(words[1])) : nil
        } ?? []
    }

    /// The rows of part 3.
    var entries: [LayoutEntry] {
        part(3).filter { $0.hasPrefix("| `") }.map { LayoutEntry(cells: Self.cells(of: $0)) }
    }

    /// The rows of the first table of part 4 whose head begins with that word, without the head.
    func table(_ head: String) -> (head: [String], rows: [[String]]) {
        let lines = part(4).drop { !$0.hasPrefix("| \(head) |") }.prefix { $0.hasPrefix("|") }.map(Self.cells(of:))
        return (lines.first ?? [], Array(lines.dropFirst(2)))
    }

    /// The shell recipes by name.
    var recipes: [String: String] {
        var result: [String: String] = [:]
        for block in Self.blocks(of: part(5) + part(6)) where block.language == "sh" {
            guard let first = block.lines.first, first.hasPrefix("# recipe: ") else { continue }
            result[String(first.dropFirst("# recipe: ".count))] = block.lines.joined(separator: "\n")
        }
        return result
    }

    /// The JSON examples of part 3, by the path that the paragraph above each begins with.
    var examples: [(path: String, json: JSONValue)] {
        var result: [(path: String, json: JSONValue)] = []
        var path = ""
        let lines = part(3)
        for (index, line) in lines.enumerated() {
            let isFirst = index == 0 || lines[index - 1].isEmpty
            if isFirst, line.hasPrefix("`"), let name = line.split(separator: "`").first { path = String(name) }
            guard line == "```json" else { continue }
            let text = lines[(index + 1)...].prefix { $0 != "```" }.joined(separator: "\n")
            if let json = try? JSONValue(parsing: text) { result.append((path, json)) }
        }
        return result
    }

    private static func blocks(of lines: [Substring]) -> [(language: Substring, lines: [Substring])] {
        var result: [(language: Substring, lines: [Substring])] = []
        var open: (language: Substring, lines: [Substring])?
        for line in lines {
            if line.hasPrefix("```") {
                if let block = open { result.append(block) }
                open = open == nil ? (line.dropFirst(3), []) : nil
            } else {
                open?.lines.append(line)
            }
        }
        return result
    }

    private static func cells(of row: Substring) -> [String] {
        row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// A row of part 3: all paths of one kind.
struct LayoutEntry: CustomStringConvertible {
    /// Path, mode, creator, writer, remover, format, when absent.
    let cells: [String]

    /// With names in capitals for what varies; a directory's ends in `/`.
    var path: String { cells.first.map { $0.filter { $0 != "`" } } ?? "" }
    var mode: String { cells.count > 1 ? cells[1] : "" }
    var isDirectory: Bool { path.hasSuffix("/") }
    /// Whether what lies below is nobody's business.
    var hidesContent: Bool { isDirectory && cells.count > 5 && cells[5].hasPrefix("private") }

    var description: String { path }

    private static let tokens: [(name: String, pattern: String)] = [
        ("STATE", "(new|running|done|failed)"), ("ID", "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"),
        ("EXT", "(md|txt|yaml|yml|json|docx)"), ("NODE", "[A-Za-z0-9][A-Za-z0-9._-]*"),
        ("DATE", "[0-9]{4}-[0-9]{2}-[0-9]{2}"), ("ASK", "[A-Za-z0-9][A-Za-z0-9_-]*"), ("NAME", "[^/]+"),
        ("PID", "[0-9]+"), ("DIR", ".+"), ("BOX", "(new|done|failed)"), ("ENDPOINT", "[A-Za-z0-9][A-Za-z0-9._-]*"),
        ("SCHEDULE", "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"),
        ("DELIVERY", "[0-9]{10,}-TASK_[A-Z]+-[A-Za-z0-9._-]+\\.json"), ("N", "[1-9][0-9]*"),
    ]

    enum Fit {
        case itself
        /// It lies below a directory whose content is private.
        case below
    }

    /// Whether this row describes a path below the spool's root; nil when it does not.
    func fit(_ path: String, isDirectory: Bool) -> Fit? {
        var pattern = ""
        var rest = (self.isDirectory ? String(self.path.dropLast()) : self.path)[...]
        while let first = rest.first {
            // A token is a whole word: `NODE` is no `N` with something behind it.
            if let token = Self.tokens.first(where: { rest.hasPrefix($0.name) }) {
                pattern += token.pattern
                rest = rest.dropFirst(token.name.count)
            } else {
                pattern += first.isLetter || first.isNumber || first == "/" || first == "-" || first == "_" ? "" : "\\"
                pattern.append(first)
                rest = rest.dropFirst()
            }
        }
        func matches(_ pattern: String) -> Bool {
            (try? Regex(pattern).wholeMatch(in: path)).flatMap { $0 } != nil
        }
        if self.isDirectory == isDirectory, matches(pattern) { return .itself }
        return hidesContent && matches(pattern + "/.+") ? .below : nil
    }
}
