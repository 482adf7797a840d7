import Inotify
import SystemPackage

/// Says when something appears in a directory, by inotify.
final class Arrivals: Sendable {
    private let directory: FilePath
    private let watcher: DirectoryWatcher

    init(in directory: FilePath) throws {
        self.directory = directory
        watcher = try DirectoryWatcher(source: .inotify)
        try watcher.watch(directory, key: "")
    }

    deinit { watcher.close() }

    /// When the hint came with which an entry of that name was there.
    func instant(of name: String) async throws -> ContinuousClock.Instant {
        let path = directory.appending(name)
        return try await instant("\(path) did not appear") { Disk.exists(path) }
    }

    /// When the hint came with which so many entries were there.
    func instant(ofCount count: Int) async throws -> ContinuousClock.Instant {
        let directory = directory
        return try await instant("\(directory) does not hold \(count) entries", within: .seconds(600)) {
            Disk.names(in: directory).count >= count
        }
    }

    private func instant(
        _ problem: String, within limit: Duration = .seconds(60), _ isSo: @escaping @Sendable () -> Bool
    ) async throws -> ContinuousClock.Instant {
        let hints = watcher.hints
        return try await within(problem, limit: limit) {
            for await _ in hints {
                let now = ContinuousClock.now
                if isSo() { return now }
            }
            return nil
        }
    }
}
