import Git
import SystemPackage

/// How a work tree and its index stand to each other and to HEAD: `git status --porcelain=v2 -z`, seen from the
/// workspace.
struct GitStatus: Sendable {
    struct Entry: Sendable, Hashable {
        /// From the workspace.
        var path: [UInt8]
        var isTracked: Bool
    }

    /// What differs between the work tree and the index: changed, gone, in conflict, or not in it and not ignored.
    var entries: [Entry] = []
    /// Paths that differ from HEAD, staged or not.
    var dirty: [[UInt8]] = []
    /// Directories that are repositories of their own and not in the index: git does not look into them.
    var nested: [[UInt8]] = []
    /// Files and whole directories that git ignores.
    var ignored: [[UInt8]] = []
    /// What git could not look at, in its own words.
    var notes = Notes()

    static let arguments = [
        "--literal-pathspecs", "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored=matching",
        "--ignore-submodules=dirty", "--no-renames", "--",
    ]

    /// Nothing differs.
    init() {}

    /// - Parameter prefix: The workspace from the top of the work tree, with a slash at its end; git's paths begin there.
    init(_ answer: GitProgram.Answer, prefix: [UInt8]) {
        for record in answer.records where record.count > 2 {
            guard let path = Self.path(of: record, prefix: prefix) else { continue }
            switch record[0] {
            case UInt8(ascii: "?"):
                if path.last == UInt8(ascii: "/") {
                    nested.append(Array(path.dropLast()))
                } else {
                    entries.append(Entry(path: path, isTracked: false))
                    dirty.append(path)
                }
            case UInt8(ascii: "!"): ignored.append(path.last == UInt8(ascii: "/") ? Array(path.dropLast()) : path)
            default:
                dirty.append(path)
                // Of the two letters, the second is about the work tree.
                if record[0] != UInt8(ascii: "1") || record[3] != UInt8(ascii: ".") {
                    entries.append(Entry(path: path, isTracked: true))
                }
            }
        }
        dirty.sort(by: Bytes.precedes)
        for line in answer.errors.split(separator: "\n") { notes.add("git: \(line)") }
    }

    /// Entries that changed say eight things before their path, those in conflict ten.
    private static func path(of record: [UInt8], prefix: [UInt8]) -> [UInt8]? {
        let fields: Int
        switch record[0] {
        case UInt8(ascii: "?"), UInt8(ascii: "!"): fields = 1
        case UInt8(ascii: "1"): fields = 8
        case UInt8(ascii: "u"): fields = 10
        default: return nil
        }
        let words = record.split(separator: UInt8(ascii: " "), maxSplits: fields, omittingEmptySubsequences: false)
        guard words.count == fields + 1, let path = words.last, path.starts(with: prefix), path.count > prefix.count
        else { return nil }
        return Array(path.dropFirst(prefix.count))
    }
}
