import Synchronization
import SystemPackage

/// The thread behind a ``DirectoryWatcher``, and the state that it shares with callers.
///
/// The thread sleeps in poll(2) without timeout, unless a timer was asked for or a directory is lost. It keeps this
/// object alive until it is stopped; the watcher, which it doesn't know, stops it.
final class WatchThread: Sendable {
    private struct State {
        var table = WatchTable()
        var stopped = false
    }

    let box = HintBox()
    private let kernel: any WatchKernel
    private let interval: Duration?
    private let stopSignal: Int32
    /// Held during system calls about watches also, so that no event is looked up before its watch is written down.
    private let state = Mutex(State())

    /// Takes over the kernel, and closes it if there is an error.
    init(kernel: any WatchKernel, interval: Duration?) throws(Errno) {
        self.kernel = kernel
        self.interval = interval.map { min(max($0, .milliseconds(1)), .seconds(24 * 60 * 60)) }
        do throws(Errno) {
            stopSignal = try Syscalls.eventFD()
        } catch {
            kernel.close()
            throw error
        }
        do throws(Errno) {
            try Syscalls.startThread { self.run() }
        } catch {
            giveBack()
            throw error
        }
    }

    func watch(_ directory: FilePath, key: String) throws(WatchError) {
        try state.withLock { state throws(WatchError) in
            guard !state.stopped else { throw .closed(directory) }
            try state.table.watch(directory, key: key, kernel: kernel)
        }
    }

    func unwatch(_ key: String) {
        state.withLock { state in
            guard !state.stopped else { return }
            state.table.unwatch(key, kernel: kernel)
        }
    }

    var overflows: Int { state.withLock(\.table.overflows) }

    /// Ends the sequence of hints at once, the thread soon after.
    func stop() {
        state.withLock { state in
            // The descriptors are open until the thread has seen the signal; after that they are not ours.
            guard !state.stopped else { return }
            state.stopped = true
            // Can only fail when the counter is full, and then the thread wakes as well.
            try? Syscalls.signal(stopSignal)
        }
        box.close()
    }

    private func run() {
        var nextTick = interval.map { ContinuousClock.now + $0 }
        let descriptors = [stopSignal] + (kernel.descriptor.map { [$0] } ?? [])
        while true {
            do throws(Errno) {
                let retry = state.withLock(\.table.nextRetry)
                let deadline = [nextTick, retry].compactMap(\.self).min()
                let ready = try Syscalls.poll(descriptors, until: deadline)
                if ready.first == true { break }
                if ready.dropFirst().contains(true) { try readEvents() }
                if retry != nil { retryLost() }
                if let interval, let tick = nextTick, tick <= .now {
                    box.offer(WatchHint(rescan: true))
                    nextTick = .now + interval
                }
            } catch {
                // Nothing here can fail but for want of memory. The hints go on, at a pace that harms nobody.
                box.offer(WatchHint(rescan: true))
                Syscalls.rest()
            }
        }
        giveBack()
    }

    private func readEvents() throws(Errno) {
        let events = try kernel.events()
        let hint = state.withLock { state in
            state.stopped ? nil : state.table.apply(events, kernel: kernel, now: .now)
        }
        if let hint { box.offer(hint) }
    }

    private func retryLost() {
        let hint = state.withLock { state in
            state.stopped ? nil : state.table.retry(kernel: kernel, now: .now)
        }
        if let hint { box.offer(hint) }
    }

    private func giveBack() {
        kernel.close()
        Syscalls.close(stopSignal)
    }
}
