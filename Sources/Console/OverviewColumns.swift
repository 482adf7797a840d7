/// How wide the columns of a list are, so that every row of every group stands in the same ones.
struct OverviewColumns {
    private let id: Int
    private let name: Int
    /// 0 when there is no room for it.
    private let workspace: Int
    private let time: Int
    private let detail: Int
    /// On a narrow terminal the detail stands on a line of its own.
    private let isNarrow: Bool
    private let isLong: Bool
    private let width: Int

    /// Below so many columns a row takes two lines.
    static let narrowWidth = 72
    /// Below so many columns there is no workspace.
    static let workspaceWidth = 100

    private static let gap = 2
    private static let indent = 2

    init(_ rows: [OverviewRow], _ context: RenderContext, _ options: OverviewPage.Options) {
        func widest(_ column: (OverviewRow) -> StyledText, _ most: Int) -> Int {
            min(rows.map { column($0).width }.max() ?? 0, most)
        }
        width = context.width
        isLong = options.long
        isNarrow = width < Self.narrowWidth && !options.long
        id = widest(\.id, options.long ? 128 : 24)
        time = widest(\.time, 12)
        let fixed = Self.indent + 2 + id + Self.gap + time + Self.gap
        if isNarrow {
            name = max(8, min(widest(\.name, 200), width - fixed))
            workspace = 0
            detail = width - Self.indent - 2
            return
        }
        var nameWidth = widest(\.name, options.long ? 200 : 40)
        var workspaceWidth =
            width < Self.workspaceWidth && !options.long ? 0 : widest(\.workspace, options.long ? 200 : 28)
        let wanted = min(widest(\.detail, 1000), max(28, width * 2 / 5))
        let room = width - fixed - Self.gap - wanted
        if !options.long {
            func excess() -> Int {
                nameWidth + (workspaceWidth > 0 ? workspaceWidth + Self.gap : 0) - room
            }
            workspaceWidth -= max(0, min(excess(), workspaceWidth - 12))
            nameWidth -= max(0, min(excess(), nameWidth - 16))
        }
        name = nameWidth
        workspace = workspaceWidth
        let used = fixed + name + Self.gap + (workspace > 0 ? workspace + Self.gap : 0)
        detail = max(8, width - used)
    }

    func lines(_ row: OverviewRow) -> [StyledText] {
        let margin = StyledText(String(repeating: " ", count: Self.indent))
        var cells = [row.id.fitted(to: id), row.name.fitted(to: name)]
        if workspace > 0 { cells.append(row.workspace.truncatedAtFront(to: workspace).fitted(to: workspace)) }
        cells.append(row.time.fitted(to: time))
        var first = margin + row.glyph
        first += " "
        var below = row.below
        if isNarrow {
            if !row.detail.isEmpty { below.insert(row.detail.truncated(to: detail), at: 0) }
        } else {
            cells.append(isLong ? row.detail : row.detail.truncated(to: detail))
        }
        for (index, cell) in cells.enumerated() {
            if index > 0 { first += StyledText(String(repeating: " ", count: Self.gap)) }
            first += cell
        }
        return [first.trimmed] + below.map { margin + "  " + $0 }
    }
}
