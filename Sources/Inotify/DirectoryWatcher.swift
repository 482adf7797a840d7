package import SystemPackage

/// Says where to look when directories change.
///
/// Each directory is watched under a key of the caller's choice. Watch first, then look: what changed before a
/// ``watch(_:key:)`` is not reported. A watch is not recursive, and it follows the directory, not its path: one that is
/// renamed keeps its watch, with a hint for its key.
///
/// A watch that is lost (its directory deleted or unmounted, the kernel's queue overflown) means a hint with
/// ``WatchHint/rescan`` and an attempt to watch the key's path again. When nothing is there the path is tried again
/// after 50 ms and then ever less often, down to every 5 s, until ``unwatch(key:)``; once it is there another such hint
/// follows.
///
/// What it can't see: a deleted directory that some process still holds open, a file system mounted over a watched
/// directory, changes that other hosts make (``eventsAreReliable(on:)``). Watching the same path again under the same
/// key finds out about the first two.
///
/// One thread waits for all directories; while nothing happens it makes no system calls. It ends with
/// ``close()`` or with the watcher.
package final class DirectoryWatcher: Sendable {
    /// False when hints are made by the clock.
    package let isEventDriven: Bool
    private let thread: WatchThread

    /// A watcher of nothing as yet; its first hint, to look everywhere, is there already.
    ///
    /// - Throws: ``WatchError/Code/limitReached`` when the user has too many inotify instances or open files.
    package convenience init(source: WatchSource) throws(WatchError) {
        do throws(Errno) {
            switch source {
            case .inotify: try self.init(kernel: InotifyKernel(), interval: nil)
            case .timer(let interval): try self.init(kernel: TimerKernel(), interval: interval)
            }
        } catch {
            throw .starting(error)
        }
    }

    init(kernel: any WatchKernel, interval: Duration?) throws(Errno) {
        isEventDriven = interval == nil
        thread = try WatchThread(kernel: kernel, interval: interval)
    }

    deinit {
        thread.stop()
    }

    /// Watches the directory that is now at that path, instead of whatever the key stood for before.
    ///
    /// Doing it again changes nothing and is no hint. Several keys may stand for the same directory; each is named in
    /// the hints. After an error the key stands for what it stood for before.
    ///
    /// - Throws: ``WatchError/Code/notFound``, ``WatchError/Code/notADirectory``, ``WatchError/Code/limitReached``
    ///   when the user has too many watches, ``WatchError/Code/closed`` after ``close()``, or
    ///   ``WatchError/Code/systemCall``.
    package func watch(_ directory: FilePath, key: String) throws(WatchError) {
        try thread.watch(directory, key: key)
    }

    /// Ends the key's watch, or the attempts to restore it. What happened before may still be hinted at, once.
    package func unwatch(key: String) {
        thread.unwatch(key)
    }

    /// How often the kernel's queue has overflown, each of which meant to look everywhere.
    package var overflows: Int { thread.overflows }

    /// Where to look; for one consumer. See ``WatchHints``.
    package var hints: WatchHints { WatchHints(box: thread.box) }

    /// Ends the sequence of hints at once, and then the thread. May be called more than once.
    package func close() {
        thread.stop()
    }
}
