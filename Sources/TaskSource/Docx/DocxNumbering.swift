import XML

/// To which list a paragraph belongs, and how deep.
struct DocxListItem {
    /// The list's `numId`; nil if only the level is given.
    var number: String?
    /// From 0.
    var level: Int?

    init(number: String?, level: Int?) {
        self.number = number
        self.level = level
    }

    init(_ properties: DocxElement) {
        number = properties.value("numId")
        level = properties.value("ilvl").flatMap { Int($0) }
    }
}

/// What a document's lists look like (`word/numbering.xml`), and where the count of each stands.
struct DocxNumbering {
    private struct Level {
        var format: String
        var start: Int
    }

    private var abstract: [String: String] = [:]
    private var levels: [String: [Int: Level]] = [:]
    private var restarts: [String: [Int: Int]] = [:]
    private var counts: [String: [Int: Int]] = [:]
    private var seen: Set<String> = []

    /// Word knows nine levels.
    static let deepest = 8

    init(_ root: DocxElement?) {
        var linked: [String: String] = [:]
        var named: [String: String] = [:]
        for element in root?.children ?? [] where element.name == "abstractNum" {
            guard let id = element.attributes["abstractNumId"] else { continue }
            levels[id] = Self.levels(of: element)
            if let style = element.value("styleLink") { named[style] = id }
            if let style = element.value("numStyleLink") { linked[id] = style }
        }
        for (id, style) in linked {
            if let target = named[style] { levels[id] = levels[target] }
        }
        for element in root?.children ?? [] where element.name == "num" {
            guard let id = element.attributes["numId"], let target = element.value("abstractNumId") else { continue }
            abstract[id] = target
            for override in element.children where override.name == "lvlOverride" {
                guard let level = override.attributes["ilvl"].flatMap({ Int($0) }) else { continue }
                if let start = override.value("startOverride").flatMap({ Int($0) }) {
                    restarts[id, default: [:]][level] = start
                }
            }
        }
    }

    private static func levels(of element: DocxElement) -> [Int: Level] {
        var levels: [Int: Level] = [:]
        for level in element.children where level.name == "lvl" {
            guard let index = level.attributes["ilvl"].flatMap({ Int($0) }) else { continue }
            levels[index] = Level(
                format: level.value("numFmt") ?? "decimal", start: level.value("start").flatMap { Int($0) } ?? 1
            )
        }
        return levels
    }

    /// The next item of a list: `- ` or `3. `, and its level; nil if the paragraph is in no list.
    mutating func marker(_ item: DocxListItem) -> (text: String, level: Int)? {
        guard let number = item.number, number != "0" else { return nil }
        let level = min(max(item.level ?? 0, 0), Self.deepest)
        // A list that the document does not describe is at least a list.
        guard let list = abstract[number], let look = levels[list]?[level] else { return ("- ", level) }
        switch look.format {
        case "bullet", "none": return ("- ", level)
        default: return ("\(next(in: list, of: number, level: level, start: look.start)). ", level)
        }
    }

    private mutating func next(in list: String, of number: String, level: Int, start: Int) -> Int {
        if seen.insert(number).inserted, let overrides = restarts[number] {
            for (level, start) in overrides { counts[list, default: [:]][level] = start &- 1 }
        }
        let value = (counts[list]?[level] ?? start &- 1) &+ 1
        counts[list, default: [:]][level] = value
        // A deeper level starts anew below each item.
        for deeper in (level + 1)..<(Self.deepest + 2) { counts[list]?[deeper] = nil }
        return value
    }
}
