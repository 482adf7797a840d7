/// Where to look.
///
/// A hint is never the truth: whoever gets it looks at the directory. It may name a directory in which nothing is
/// different any more, and a file that has gone; what it never does is leave out a change without setting ``rescan``.
package struct WatchHint: Sendable, Hashable {
    /// The most names that ``closed`` and ``moved`` hold, each over all keys.
    package static let maximumNames = 4096

    /// The keys of the directories in which something changed.
    package private(set) var keys: Set<String>
    /// By key: names of files (no directories) that were closed after writing, or moved in, since the last hint.
    ///
    /// Only names that are UTF-8, and at most ``maximumNames`` of them; when there are more, ``rescan`` is true. A file
    /// that was hard-linked into the directory is in ``keys`` alone.
    package private(set) var closed: [String: Set<String>]
    /// By key: names of directories that came to, or left, the one that is watched, since the last hint; at most
    /// ``maximumNames`` of them, beyond which their keys are in ``unnamed``.
    package private(set) var moved: [String: Set<String>] = [:]
    /// The keys of the directories in which something changed that ``moved`` does not name: also files, their names being
    /// in ``closed`` or not.
    package private(set) var unnamed: Set<String> = []
    /// Look everywhere: the first hint, an overflow of the kernel's queue, a lost or restored watch, a timer's tick.
    package private(set) var rescan: Bool

    private var nameCount: Int
    private var movedCount = 0

    /// A hint of these parts. Names beyond ``maximumNames`` become ``rescan`` or ``unnamed``; the keys of `closed` and
    /// `moved` join `keys`.
    package init(
        keys: Set<String> = [], closed: [String: Set<String>] = [:], moved: [String: Set<String>] = [:],
        rescan: Bool = false
    ) {
        self.keys = keys
        unnamed = keys
        self.closed = [:]
        self.rescan = rescan
        nameCount = 0
        add(closed)
        add(moved: moved)
    }

    /// True when there is nothing to look for.
    package var isEmpty: Bool { keys.isEmpty && !rescan }

    /// Adds what the other hint says; one hint stands for both afterwards.
    package mutating func merge(_ other: WatchHint) {
        keys.formUnion(other.keys)
        unnamed.formUnion(other.unnamed)
        rescan = rescan || other.rescan
        add(other.closed)
        add(moved: other.moved)
    }

    mutating func insert(unnamed key: String) {
        keys.insert(key)
        unnamed.insert(key)
    }

    mutating func insert(moved name: String, key: String) {
        keys.insert(key)
        if movedCount < Self.maximumNames {
            if moved[key, default: []].insert(name).inserted { movedCount += 1 }
        } else if moved[key]?.contains(name) != true {
            unnamed.insert(key)
        }
    }

    mutating func insert(closed name: String, key: String) {
        insert(unnamed: key)
        if nameCount < Self.maximumNames {
            if closed[key, default: []].insert(name).inserted { nameCount += 1 }
        } else if closed[key]?.contains(name) != true {
            rescan = true
        }
    }

    mutating func requireRescan() {
        rescan = true
    }

    private mutating func add(_ more: [String: Set<String>]) {
        for (key, names) in more {
            for name in names { insert(closed: name, key: key) }
        }
    }

    private mutating func add(moved more: [String: Set<String>]) {
        for (key, names) in more {
            for name in names { insert(moved: name, key: key) }
        }
    }
}
