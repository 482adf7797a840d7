import JSON
import Spool
import YAML

/// A check as one line of text, for lists in Markdown and documents, and for the command line:
///
/// - `KIND: VALUE` with VALUE a path, a command, or a YAML list or mapping in brackets
/// - `PATH exists`, `PATH is absent`, `PATH changed`, `PATH unchanged`
/// - `PATH contains "TEXT"`, `PATH contains /REGEX/`
/// - `PATH#POINTER equals VALUE`
/// - `` `COMMAND` succeeds ``
/// - `NAME` of one of the configuration's checks
///
/// A PATH may stand in backticks or double quotes. A list's own `-` and `[ ]` are gone by now.
enum VerifyLine {
    enum Entry: Equatable {
        case name(String)
        /// As it would be written as a mapping.
        case check(JSONValue)
    }

    static func parse(_ text: String) throws(VerifyReader.Fault) -> Entry {
        let line = Characters.trimmed(text)
        guard !line.isEmpty else { throw fault(line) }
        if VerifyReader.isName(line) { return .name(line) }
        if let colon = line.firstIndex(of: ":"), VerifyReader.isName(String(line[..<colon])) {
            let kind = String(line[..<colon])
            let rest = Characters.trimmed(String(line[line.index(after: colon)...]))
            return .check(.object([kind: try value(rest, of: kind)]))
        }
        if line.first == "`", line.hasSuffix("` succeeds"), line.count > 11 {
            return .check(["run": .string(String(line.dropFirst().dropLast("` succeeds".count)))])
        }
        let (path, rest) = try subject(line)
        switch rest {
        case "exists": return .check(["exists": .string(path)])
        case "is absent", "does not exist": return .check(["absent": .string(path)])
        case "changed", "is changed", "has changed": return .check(["changed": .string(path)])
        case "unchanged", "is unchanged", "has not changed": return .check(["unchanged": .string(path)])
        default: break
        }
        if rest.hasPrefix("contains ") { return .check(["contains": try content(path, rest.dropFirst(9))]) }
        if rest.hasPrefix("equals "), let hash = path.firstIndex(of: "#") {
            let value = try yaml(Characters.trimmed(String(rest.dropFirst(7))))
            return .check([
                "json": [
                    "path": .string(String(path[..<hash])),
                    "pointer": .string(String(path[path.index(after: hash)...])),
                    "equals": value,
                ]
            ])
        }
        throw fault(line)
    }

    private static func fault(_ line: String) -> VerifyReader.Fault {
        VerifyReader.Fault(
            message: "\(Quoting.text(line)) is no check; write one of: PATH exists, PATH is absent, PATH changed, "
                + "PATH unchanged, PATH contains \"TEXT\", PATH contains /REGEX/, PATH#/POINTER equals VALUE, "
                + "`COMMAND` succeeds, or KIND: VALUE")
    }

    private static func value(_ rest: String, of kind: String) throws(VerifyReader.Fault) -> JSONValue {
        if rest.isEmpty { throw VerifyReader.Fault(message: "\(Quoting.text(kind)) has no value") }
        if kind != VerifyCheck.Kind.run.rawValue, rest.first == "{" || rest.first == "[" { return try yaml(rest) }
        if rest.first == "`", rest.last == "`", rest.count > 2 { return .string(String(rest.dropFirst().dropLast())) }
        if rest.first == "\"", rest.last == "\"", rest.count > 2, kind != VerifyCheck.Kind.run.rawValue {
            return .string(String(rest.dropFirst().dropLast()))
        }
        return .string(rest)
    }

    private static func yaml(_ text: String) throws(VerifyReader.Fault) -> JSONValue {
        do {
            return try parseYAML(Array(text.utf8), limits: YAMLLimits())?.json() ?? .null
        } catch {
            throw VerifyReader.Fault(message: "\(Quoting.text(text)) can't be read: \(error.message)")
        }
    }

    private static let verbs = [
        " exists", " is absent", " does not exist", " changed", " is changed", " has changed", " unchanged",
        " is unchanged", " has not changed", " contains ", " equals ",
    ]

    /// The path that a sentence is about, and what it says of it.
    private static func subject(_ line: String) throws(VerifyReader.Fault) -> (path: String, rest: String) {
        if let quote = line.first, quote == "`" || quote == "\"" {
            guard let end = line.dropFirst().firstIndex(of: quote) else { throw fault(line) }
            let path = String(line[line.index(after: line.startIndex)..<end])
            return (path, Characters.trimmed(String(line[line.index(after: end)...])))
        }
        // The first verb that leaves a path in front of it, and ends the line unless something belongs behind it.
        var best: (start: String.Index, rest: String)?
        for verb in verbs {
            guard let range = line.firstRange(of: verb), range.lowerBound > line.startIndex else { continue }
            if verb.last != " ", range.upperBound != line.endIndex { continue }
            if let found = best, found.start <= range.lowerBound { continue }
            best = (range.lowerBound, Characters.trimmed(String(line[range.lowerBound...])))
        }
        guard let best else { throw fault(line) }
        return (Characters.trimmed(String(line[..<best.start])), best.rest)
    }

    private static func content(_ path: String, _ text: Substring) throws(VerifyReader.Fault) -> JSONValue {
        let text = Characters.trimmed(String(text))
        guard let mark = text.first, mark == text.last, text.count > 2, "\"`/".contains(mark) else {
            throw VerifyReader.Fault(
                message:
                    "what \(Quoting.text(path)) contains should stand in double quotes, in backticks, or between slashes "
                    + "if it is a regular expression")
        }
        let inside = String(text.dropFirst().dropLast())
        return ["path": .string(path), mark == "/" ? "regex" : "text": .string(inside)]
    }
}
