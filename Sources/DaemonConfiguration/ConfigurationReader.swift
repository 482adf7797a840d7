import SystemPackage
import YAML

/// Reads the value of one key from one place, and keeps what is wrong with it.
struct ConfigurationReader {
    /// What `~` stands for.
    let home: FilePath
    /// What relative paths start from; nil if that is not known.
    var directory: FilePath?
    /// The key as it was written; nil where the origin names it.
    let key: String?
    let origin: ConfigurationOrigin
    /// The file if others than its owner may read it, so that no secret may stand in it.
    let openFile: FilePath?
    private(set) var problems: [ConfigurationProblem] = []

    init(
        home: FilePath, directory: FilePath?, key: String?, origin: ConfigurationOrigin, openFile: FilePath? = nil
    ) {
        self.home = home
        self.directory = directory
        self.key = key
        self.origin = origin
        self.openFile = openFile
    }

    /// Notes a problem; `part` is the member or element of the value that it concerns.
    mutating func fault(_ message: String, at node: YAMLNode, part: String? = nil) {
        var place = origin
        if case .file(let path, _) = origin { place = .file(path, line: node.mark.line) }
        guard problems.count <= ConfigurationProblems.most else { return }
        let full = part.map { part in Self.clean(key.map { "\($0).\(part)" } ?? part) } ?? key
        problems.append(ConfigurationProblem(origin: place, key: full, message: message))
    }

    mutating func unexpected(_ expected: String, _ node: YAMLNode, part: String? = nil) {
        fault("should be \(expected), but is \(Self.describe(node))", at: node, part: part)
    }

    // MARK: what several kinds of value share

    /// The text of a scalar that may be shown.
    mutating func text(_ expected: String, _ node: YAMLNode, part: String? = nil) -> String? {
        guard case .scalar(let text, _, _) = node.content, node.scalar != .null else {
            unexpected(expected, node, part: part)
            return nil
        }
        let trimmed = Self.trim(text)
        guard !trimmed.isEmpty, !trimmed.hasControlCharacter else {
            unexpected(expected, node, part: part)
            return nil
        }
        return trimmed
    }

    /// An absolute path.
    mutating func path(_ expected: String, _ node: YAMLNode, part: String? = nil) -> FilePath? {
        guard let text = text(expected, node, part: part) else { return nil }
        if text == "~" { return home.lexicallyNormalized() }
        // By bytes: a slash and a mark after it are one character.
        if text.utf8.starts(with: "~/".utf8) {
            let rest = text.utf8.drop { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }
            return home.appending(String(Substring(rest))).lexicallyNormalized()
        }
        if text.utf8.first == UInt8(ascii: "~") {
            fault(
                "\(Self.quote(text)): only ~/ is known, not the home of another user; write it out", at: node,
                part: part)
            return nil
        }
        let path = FilePath(text)
        if path.isAbsolute { return path.lexicallyNormalized() }
        guard let directory else {
            fault(
                "\(Self.quote(text)) is relative, and the working directory is gone; write it out", at: node, part: part
            )
            return nil
        }
        return directory.appending(text).lexicallyNormalized()
    }

    /// Refuses a secret in a file that others may read.
    mutating func guardSecret(_ node: YAMLNode, part: String? = nil) {
        guard let openFile else { return }
        fault("is a secret, and others can read this file; run: chmod 600 \(openFile)", at: node, part: part)
    }

    // MARK: words for messages

    static func describe(_ node: YAMLNode) -> String {
        switch node.content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar("", _, _): "empty"
        case .scalar(let text, _, _): node.scalar == .null ? "nothing" : quote(text)
        }
    }

    static func quote(_ text: String) -> String { "\"\(clean(text))\"" }

    /// A text from outside, short and on one line.
    static func clean(_ text: String) -> String {
        let most = 80
        let scalars = text.unicodeScalars
        let clean = scalars.prefix(most).map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(clean)) + (scalars.count > most ? "…" : "")
    }

    static func trim(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
