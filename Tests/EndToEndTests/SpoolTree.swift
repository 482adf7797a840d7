import FoundationEssentials
import Glibc
import JSON
import Spool
import SystemPackage

/// What lay in a spool at one or several moments.
struct SpoolTree {
    struct Item: Hashable, Comparable {
        /// Below the root.
        var path: String
        var isDirectory: Bool
        var mode: mode_t

        static func < (left: Item, right: Item) -> Bool { left.path.utf8.lexicographicallyPrecedes(right.path.utf8) }

        /// As `find -printf '%M'` writes it, for files and directories.
        var listedMode: String {
            let letters = Array("rwxrwxrwx")
            let bits = (0..<9).map { mode & (0o400 >> mode_t($0)) != 0 ? letters[$0] : "-" }
            return (isDirectory ? "d" : "-") + String(bits)
        }
    }

    private(set) var items: Set<Item> = []
    /// Contents of JSON files, by path; of files of lines, that of each line.
    private(set) var documents: [String: [JSONValue]] = [:]
    /// For each task that was seen: its state and the names in its directory.
    private(set) var tasks: [(state: TaskState, id: String, names: Set<String>)] = []

    /// Also takes in what lies there now. Files that come and go meanwhile are left out.
    mutating func look(_ spool: FilePath) {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: spool.string)) ?? []
        for path in paths {
            var status = stat()
            guard lstat(spool.appending(path).string, &status) == 0 else { continue }
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            items.insert(Item(path: path, isDirectory: isDirectory, mode: status.st_mode & 0o777))
            if path.hasSuffix(".json") || path.hasSuffix(".jsonl") || path.hasSuffix("/owner")
                || path.contains("/taken/")
            {
                remember(spool.appending(path), as: path)
            }
        }
        for state in TaskState.allCases {
            for id in Files.names(spool.appending(state.rawValue)) {
                let names = Files.names(spool.appending(state.rawValue).appending(id))
                // Moved on while we looked.
                if !names.isEmpty, Files.exists(spool.appending(state.rawValue).appending(id)) {
                    tasks.append((state, id, Set(names)))
                }
            }
        }
    }

    private mutating func remember(_ file: FilePath, as path: String) {
        if path.hasSuffix(".jsonl") {
            let lines = (Files.text(file) ?? "").split(separator: "\n")
            documents[path, default: []] += lines.compactMap { try? JSONValue(parsing: String($0)) }
        } else if let json = Files.json(file) {
            documents[path, default: []].append(json)
        }
    }
}
