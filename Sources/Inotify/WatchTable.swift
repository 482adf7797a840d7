import SystemPackage

/// Which key is watched by which watch of the kernel, and what the kernel's events mean for the keys.
///
/// It makes no assumption about the numbers of watches, which the kernel may use again while events of their former
/// owner are still in the queue. An event that is put down to the wrong key is one hint too many; an end (IN_IGNORED)
/// put down to the wrong key makes that key look lost, and the attempt to watch it again finds it well and answers the
/// same number.
struct WatchTable: Sendable {
    private struct Entry {
        var directory: FilePath
        /// Nil while the directory is lost; then it is in `lost` also.
        var watch: Int32?
    }

    private struct Retry {
        var at: ContinuousClock.Instant
        var backoff: RewatchBackoff
    }

    private var entries: [String: Entry] = [:]
    private var keys: [Int32: Set<String>] = [:]
    private var lost: [String: Retry] = [:]
    /// How often the kernel's queue was too short.
    private(set) var overflows = 0

    /// When a lost directory is to be looked for again; nil when none is lost.
    var nextRetry: ContinuousClock.Instant? { lost.values.lazy.map(\.at).min() }

    /// Watches what is now at that path. After an error the key is watched, or not, as it was before.
    mutating func watch(_ directory: FilePath, key: String, kernel: any WatchKernel) throws(WatchError) {
        do throws(Errno) {
            let watch = try kernel.add(directory)
            bind(key, directory, watch, kernel: kernel)
        } catch {
            throw .watching(directory, error)
        }
    }

    mutating func unwatch(_ key: String, kernel: any WatchKernel) {
        lost[key] = nil
        guard let entry = entries.removeValue(forKey: key), let watch = entry.watch else { return }
        release(watch, key: key, kernel: kernel)
    }

    /// What the events say; nil when they concern nobody. Directories that they show to be lost are watched again
    /// before the hint is given, or put down for ``retry(kernel:now:)``.
    mutating func apply(
        _ events: [InotifyEvent], kernel: any WatchKernel, now: ContinuousClock.Instant
    ) -> WatchHint? {
        var hint = WatchHint()
        for event in events {
            if event.isOverflow {
                overflows += 1
                hint.requireRescan()
                loseEndedWatches(kernel: kernel, now: now)
                continue
            }
            // Nobody's event: the key was unwatched while the event was in the queue.
            guard let concerned = keys[event.watch] else { continue }
            for key in concerned {
                switch event.name {
                case .some(let name) where event.movesDirectory: hint.insert(moved: name, key: key)
                case .some(let name) where event.completesFile: hint.insert(closed: name, key: key)
                default: hint.insert(unnamed: key)
                }
            }
            if event.endsWatch {
                hint.requireRescan()
                lose(event.watch, kernel: kernel, now: now)
            }
        }
        return hint.isEmpty ? nil : hint
    }

    /// Looks for the lost directories whose time has come; a hint about those that are there again, else nil.
    mutating func retry(kernel: any WatchKernel, now: ContinuousClock.Instant) -> WatchHint? {
        var found: Set<String> = []
        for (key, retry) in lost where retry.at <= now {
            var backoff = retry.backoff
            backoff.failed()
            if rewatch(key, backoff: backoff, kernel: kernel, now: now) { found.insert(key) }
        }
        return found.isEmpty ? nil : WatchHint(keys: found, rescan: true)
    }

    /// The end of a watch may be among what an overflow dropped, so the kernel is asked which are left. If it doesn't
    /// say, every directory is watched again by its path.
    private mutating func loseEndedWatches(kernel: any WatchKernel, now: ContinuousClock.Instant) {
        let live = kernel.live() ?? []
        for watch in Array(keys.keys) where !live.contains(watch) { lose(watch, kernel: kernel, now: now) }
    }

    private mutating func lose(_ watch: Int32, kernel: any WatchKernel, now: ContinuousClock.Instant) {
        guard let concerned = keys.removeValue(forKey: watch) else { return }
        for key in concerned {
            entries[key]?.watch = nil
            _ = rewatch(key, backoff: RewatchBackoff(), kernel: kernel, now: now)
        }
    }

    /// True when the key's directory is watched again. Else it is put down for later, whatever the reason: a missing
    /// directory may come back, a limit may be raised.
    private mutating func rewatch(
        _ key: String, backoff: RewatchBackoff, kernel: any WatchKernel, now: ContinuousClock.Instant
    ) -> Bool {
        guard let directory = entries[key]?.directory else { return false }
        do throws(Errno) {
            bind(key, directory, try kernel.add(directory), kernel: kernel)
            return true
        } catch {
            lost[key] = Retry(at: now + backoff.delay, backoff: backoff)
            return false
        }
    }

    private mutating func bind(_ key: String, _ directory: FilePath, _ watch: Int32, kernel: any WatchKernel) {
        let former = entries[key]?.watch
        entries[key] = Entry(directory: directory, watch: watch)
        keys[watch, default: []].insert(key)
        lost[key] = nil
        if let former, former != watch { release(former, key: key, kernel: kernel) }
    }

    /// Ends the watch if the key was the last that needed it.
    private mutating func release(_ watch: Int32, key: String, kernel: any WatchKernel) {
        keys[watch]?.remove(key)
        guard keys[watch]?.isEmpty == true else { return }
        keys[watch] = nil
        kernel.remove(watch)
    }
}
