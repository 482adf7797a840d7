@testable import Inotify

/// Reads hints until they say what a test waits for.
struct HintReader {
    struct Ended: Error {}

    private var iterator: WatchHints.AsyncIterator
    /// How many hints came, the first included.
    private(set) var count = 0

    /// A reader that has seen the first hint, which every watcher has.
    init(_ watcher: DirectoryWatcher) async throws {
        iterator = watcher.hints.makeAsyncIterator()
        _ = try await next()
    }

    mutating func next() async throws -> WatchHint {
        guard let hint = await iterator.next() else { throw Ended() }
        count += 1
        return hint
    }

    /// All hints up to the one with which `found` becomes true of them together.
    mutating func hints(until found: (WatchHint) throws -> Bool) async throws -> WatchHint {
        var all = WatchHint()
        repeat { all.merge(try await next()) } while try !found(all)
        return all
    }
}
