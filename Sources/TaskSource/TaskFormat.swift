/// The kinds of files that become tasks.
package enum TaskFormat: String, Sendable, Hashable, CaseIterable {
    case md
    case txt
    case yaml
    case yml
    case json
    case docx

    /// By the name's extension, in any case; nil for every other file.
    package init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex,
            let format = TaskFormat(rawValue: fileName[fileName.index(after: dot)...].lowercased())
        else { return nil }
        self = format
    }

    /// `.md, .txt, .yaml, .yml, .json or .docx`
    static var list: String {
        let names = allCases.map { ".\($0.rawValue)" }
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    /// How a person gives a key in a file of this kind; nil where keys have no place.
    func howToGive(_ key: TaskKey, _ value: String) -> String? {
        switch self {
        case .md: "write a line \"\(key.rawValue): \(value)\" between two lines --- at the top of the file"
        case .txt: nil
        case .yaml, .yml: "write a line \"\(key.rawValue): \(value)\""
        case .json: "write \"\(key.rawValue)\": \"\(value)\""
        case .docx: "give the document a table of two columns with a row \(key.rawValue) | \(value)"
        }
    }
}
