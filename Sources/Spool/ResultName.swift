/// What is put beside the source of a task is called: `STEM.status.EXT`, `STEM.result.EXT`, `STEM.done.EXT`,
/// `STEM.rejected.txt`.
package struct ResultName: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// How far the task is.
        case status
        /// What became of it.
        case result
        /// The source itself, where it has no archive.
        case done
        /// Why no task could be made of it.
        case rejected
    }

    /// The source's name without its extension, or that and a number if the name was taken.
    package var stem: String
    /// Without a dot, in lower case.
    package var fileExtension: String

    /// Leaves room for the longest of our endings within the 255 bytes of a file's name.
    private static let longestStem = 220

    /// - Parameter number: From 2 on it becomes part of the name.
    package init(source: String, number: Int = 1) {
        let (stem, suffix) = Self.split(source)
        fileExtension = suffix.lowercased()
        var short = stem
        while short.utf8.count > Self.longestStem { short.removeLast() }
        self.stem = number > 1 ? "\(short) (\(number))" : short
    }

    /// A name that was written down.
    package init(stem: String, fileExtension: String) {
        self.stem = stem
        self.fileExtension = fileExtension
    }

    /// A name that was found for a source, and written down.
    package init(stem: String, source: String) {
        self.init(stem: stem, fileExtension: Self(source: source).fileExtension)
    }

    package func file(_ kind: Kind) -> String { join("\(stem).\(kind.rawValue)") }

    /// The source under its own name.
    package var source: String { join(stem) }

    /// The source of an ended task: under its own name in an archive, and as one that is done in an inbox.
    package func source(isArchived: Bool) -> String { isArchived ? source : file(.done) }

    private func join(_ name: String) -> String { fileExtension.isEmpty ? name : "\(name).\(fileExtension)" }

    private static func split(_ name: String) -> (String, String) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }

    /// Whether a file in an inbox is no task, as it is called like one of ours: OpenLoom 0.17's rule for `.done.`, also
    /// for copies that synchronisers make of it (`x.result (1).md`, `x.result.sync-conflict-….md`).
    package static func isResult(_ name: String) -> Bool {
        let parts = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 2
            && parts.dropFirst().dropLast().contains { part in
                Kind.allCases.contains { kind in
                    part == kind.rawValue || part.hasPrefix("\(kind.rawValue) ") || part.hasPrefix("\(kind.rawValue)(")
                }
            }
    }
}
