import Report

/// A setting, as `openloom config` shows it.
package struct SettingRow: Sendable, Hashable {
    package var key: String
    package var value: String
    package var origin: String
    package var isDefault: Bool
    package var note: String?

    package init(key: String, value: String, origin: String, isDefault: Bool, note: String? = nil) {
        self.key = key
        self.value = value
        self.origin = origin
        self.isDefault = isDefault
        self.note = note
    }
}

/// The lines of `openloom config`.
package enum SettingsPage {
    private static let widestValue = 60

    package static func lines(
        _ rows: [SettingRow], warnings: [String], _ context: RenderContext
    ) -> [StyledText] {
        let keyWidth = rows.map { StyledText($0.key).width }.max() ?? 0
        let valueWidth = min(widestValue, rows.map { StyledText(shown($0.value, context)).width }.max() ?? 0)
        var lines = rows.map { row in
            let value = StyledText(shown(row.value, context), row.isDefault ? [] : .bold)
            var line = StyledText(row.key, row.isDefault ? .dim : []).fitted(to: keyWidth)
            line += StyledText("  ") + (value.width > valueWidth ? value : value.fitted(to: valueWidth))
            line += StyledText("  ") + StyledText(context.path(row.origin), row.isDefault ? .dim : .cyan)
            if let note = row.note { line += StyledText("  (\(SafeText.oneLine(note)))", .yellow) }
            return line
        }
        if !warnings.isEmpty { lines.append("") }
        lines += warnings.map { StyledText("warning: \(SafeText.oneLine($0))", .yellow) }
        return lines
    }

    private static func shown(_ value: String, _ context: RenderContext) -> String {
        context.path(SafeText.oneLine(value))
    }
}
