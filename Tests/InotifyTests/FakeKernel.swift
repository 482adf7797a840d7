import Glibc
import Synchronization
import SystemPackage

@testable import Inotify

/// A kernel that does what a test says: it knows the directories that it was told, and no others.
final class FakeKernel: WatchKernel {
    private struct State {
        var watches: [FilePath: Int32] = [:]
        var error = Errno.noSuchFileOrDirectory
        var live: Set<Int32>?
        var added: [FilePath] = []
        var removed: [Int32] = []
    }

    private let state = Mutex(State())
    private let closed = AsyncStream<Void>.makeStream()

    /// Readable at any time, as /dev/null is, though reading events fails; or nil.
    let descriptor: Int32?

    init(_ watches: [FilePath: Int32] = [:], broken: Bool = false) {
        descriptor = broken ? open("/dev/null", O_RDONLY | O_CLOEXEC) : nil
        state.withLock { $0.watches = watches }
    }

    var added: [FilePath] { state.withLock { $0.added } }
    var removed: [Int32] { state.withLock { $0.removed } }

    /// From now on the path has this watch; with nil, there is nothing at that path.
    func set(_ path: FilePath, _ watch: Int32?) {
        state.withLock { $0.watches[path] = watch }
    }

    /// What `add` throws for paths that are not there.
    func set(error: Errno) {
        state.withLock { $0.error = error }
    }

    func set(live: Set<Int32>?) {
        state.withLock { $0.live = live }
    }

    /// Returns when the kernel was closed.
    func waitUntilClosed() async {
        for await _ in closed.stream { return }
    }

    func add(_ directory: FilePath) throws(Errno) -> Int32 {
        try state.withLock { state throws(Errno) in
            state.added.append(directory)
            guard let watch = state.watches[directory] else { throw state.error }
            return watch
        }
    }

    func remove(_ watch: Int32) {
        state.withLock { $0.removed.append(watch) }
    }

    func live() -> Set<Int32>? {
        state.withLock { $0.live }
    }

    func events() throws(Errno) -> [InotifyEvent] { throw .badFileDescriptor }

    func close() {
        if let descriptor { _ = Glibc.close(descriptor) }
        closed.continuation.yield()
    }
}
