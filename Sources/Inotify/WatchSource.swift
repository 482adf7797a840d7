/// What makes a ``DirectoryWatcher`` speak up.
package enum WatchSource: Sendable, Hashable {
    /// The kernel's events. An idle watcher makes no system calls.
    case inotify
    /// The clock, for file systems that report nothing: every tick is a hint to look everywhere. The interval is
    /// taken as at least a millisecond and at most a day.
    case timer(every: Duration)
}
