import JSON
import Spool
import YAML

/// Reads a document's first table as the task's keys and values.
enum DocxSettings {
    /// The fields of a table of two columns whose first column holds keys; nil for any other table, which is part of
    /// the goal.
    ///
    /// A table that is nearly one, most of its rows being keys, is taken as one, so that the odd row is reported
    /// instead of being sent to the agent with the settings unheard.
    static func fields(of rows: [[DocxCell]]) -> [TaskField]? {
        guard !rows.isEmpty, rows.allSatisfy({ $0.count == 2 }) else { return nil }
        var numbered = rows.enumerated().map { (row: $0.offset + 1, key: key(of: $0.element[0]), value: $0.element[1]) }
        if numbered.count > 1, isHeader(rows[0]) { numbered.removeFirst() }
        numbered.removeAll { $0.key.isEmpty && $0.value.plain.isEmpty }
        let known = numbered.count { isKnown($0.key) }
        let near = numbered.count { !isKnown($0.key) && TaskKey.nearest(to: $0.key) != nil }
        guard known > 0, known + near == numbered.count || known > numbered.count - known else { return nil }
        return numbered.map { entry in
            TaskField(name: entry.key, value: value(of: entry.value, key: entry.key), place: .tableRow(entry.row))
        }
    }

    private static func isKnown(_ name: String) -> Bool {
        TaskKey(name: name) != nil || TaskKey.refused[name] != nil
    }

    /// The key that a cell means: Word writes the first letter large, and people end it with a colon.
    private static func key(of cell: DocxCell) -> String {
        var text = cell.plain
        if text.hasSuffix(":") { text = Characters.trimmed(String(text.dropLast())) }
        let folded = text.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 }
        let names = TaskKey.allCases.map(\.rawValue) + TaskKey.aliases.keys + TaskKey.refused.keys
        return names.first { $0.lowercased() == String(folded) } ?? text
    }

    /// A first row that names the columns. `Key | Value` is one as well: nobody calls a task's key "Value".
    private static func isHeader(_ row: [DocxCell]) -> Bool {
        let first = row[0].plain.lowercased()
        return ["key", "field", "option", "setting", "property"].contains(first) && row[1].plain.lowercased() == "value"
    }

    /// A line `NAME (any)` as the mapping that it stands for: a cell can't hold one.
    private static func dependency(_ line: String) -> JSONValue {
        for condition in TaskDependency.Condition.allCases {
            let ending = "(\(condition.rawValue))"
            if line.lowercased().hasSuffix(ending) {
                let name = Characters.trimmed(String(line.dropLast(ending.count)))
                return ["task": .string(name), "on": .string(condition.rawValue)]
            }
        }
        return .string(line)
    }

    private static func value(of cell: DocxCell, key name: String) -> JSONValue {
        let plain = cell.plain
        guard let key = TaskKey(name: name) else { return .string(plain) }
        switch key {
        case .goal: return .string(DocxMarkdown.text(cell.blocks))
        case .after:
            let lines = plain.split(separator: "\n").map { Characters.trimmed(String($0)) }.filter { !$0.isEmpty }
            let entries = lines.map(dependency)
            return entries.count == 1 ? entries[0] : entries.isEmpty ? .string(plain) : .array(entries)
        case .allowPaths where plain.contains("\n"):
            return JSONValue(plain.split(separator: "\n").map { Characters.trimmed(String($0)) }.filter { !$0.isEmpty })
        case _ where plain.isEmpty: return .null
        case .verify:
            // A line each; a list's marks are part of the text by now.
            let lines = DocxMarkdown.text(cell.blocks).split(separator: "\n").map { Characters.trimmed(String($0)) }
            return JSONValue(lines.filter { !$0.isEmpty && !$0.hasPrefix("```") }.map { MarkdownVerify.item($0) ?? $0 })
        case _ where key.isText: return .string(plain)
        default: return JSONValue(YAMLScalar(plain: plain))
        }
    }
}
