/// Where to look.
///
/// A hint is never the truth: whoever gets it looks at the directory. It may name a directory in which nothing is
/// different any more, and a file that has gone; what it never does is leave out a change without setting ``rescan``.
package struct WatchHint: Sendable, Hashable {
    /// The most names that ``closed`` holds, over all keys.
    package static let maximumNames = 4096

    /// The keys of the directories in which something changed.
    package private(set) var keys: Set<String>
    /// By key: names of files (no directories) that were closed after writing, or moved in, since the last hint.
    ///
    /// Only names that are UTF-8, and at most ``maximumNames`` of them; when there are more, ``rescan`` is true. A file
    /// that was hard-linked into the directory is in ``keys`` alone.
    package private(set) var closed: [String: Set<String>]
    /// Look everywhere: the first hint, an overflow of the kernel's queue, a lost or restored watch, a timer's tick.
    package private(set) var rescan: Bool

    private var nameCount: Int

    /// A hint of these parts. Names beyond ``maximumNames`` become ``rescan``; the keys of `closed` join `keys`.
    package init(keys: Set<String> = [], closed: [String: Set<String>] = [:], rescan: Bool = false) {
        self.keys = keys
        self.closed = [:]
        self.rescan = rescan
        nameCount = 0
        add(closed)
    }

    /// True when there is nothing to look for.
    package var isEmpty: Bool { keys.isEmpty && !rescan }

    /// Adds what the other hint says; one hint stands for both afterwards.
    package mutating func merge(_ other: WatchHint) {
        keys.formUnion(other.keys)
        rescan = rescan || other.rescan
        add(other.closed)
    }

    mutating func insert(keys more: Set<String>) {
        keys.formUnion(more)
    }

    mutating func insert(closed name: String, key: String) {
        keys.insert(key)
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
}
