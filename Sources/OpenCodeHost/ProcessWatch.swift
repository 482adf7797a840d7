import Glibc
import Synchronization

/// Waits for the end of a server, on a thread that sleeps in poll(2) until then.
///
/// Works for a process that is no child of ours as well. A child is reaped here, and nowhere else while it is watched.
final class ProcessWatch: Sendable {
    private enum State {
        case watching
        /// It is dead; what it left is being ended.
        case ending
        case ended(ProcessEnd)
        case cancelled
    }

    private let record: ServerRecord
    private let process: ProcessIdentity
    private let descriptor: Int32
    private let wake: Int32
    private let state = Mutex(State.watching)

    /// Calls `onEnd` once, on the thread, unless cancelled before. Throws, with ESRCH among others, if the process
    /// can't be watched; that it is the right one must be looked at after this.
    init(
        _ process: ProcessIdentity, of record: ServerRecord,
        onEnd: @escaping @Sendable (ProcessWatch, ProcessEnd) -> Void
    ) throws(ServerHostError) {
        self.record = record
        self.process = process
        let descriptor = try Syscalls.processDescriptor(process.pid)
        let wake: Int32
        do throws(ServerHostError) {
            wake = try Syscalls.eventDescriptor()
        } catch {
            Syscalls.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.wake = wake
        do throws(ServerHostError) {
            try Syscalls.startThread { self.run(onEnd) }
        } catch {
            Syscalls.close(descriptor)
            Syscalls.close(wake)
            throw error
        }
    }

    /// How it ended, once it and what it left are gone.
    var end: ProcessEnd? {
        state.withLock { state in
            if case .ended(let end) = state { end } else { nil }
        }
    }

    /// Whether it is still there, as far as we know.
    var isWatching: Bool {
        state.withLock { state in
            if case .watching = state { true } else { false }
        }
    }

    /// Nothing is reaped or reported after this, unless the end came first.
    func cancel() {
        state.withLock { state in
            guard case .watching = state else { return }
            state = .cancelled
            // The thread closes the descriptor only after it has seen another state, so it is still ours.
            var one: UInt64 = 1
            _ = try? Syscalls.call("write") { write(wake, &one, MemoryLayout<UInt64>.size) }
        }
    }

    private func run(_ onEnd: (ProcessWatch, ProcessEnd) -> Void) {
        // Can fail for want of memory alone; then the process is looked at again a little later.
        while (try? Syscalls.poll([descriptor, wake], until: nil)) == nil { sleep(1) }
        let isOurs = state.withLock { state in
            guard case .watching = state else { return false }
            state = .ending
            return true
        }
        Syscalls.close(descriptor)
        Syscalls.close(wake)
        guard isOurs else { return }
        // What a dead server leaves behind would hold its port and work on in the tasks' files. It is ended before
        // the server is reaped, as until then the group's number is nobody else's.
        ProcessGroup.kill(process.pid, of: record)
        let end = ProcessEnd.reap(process)
        state.withLock { $0 = .ended(end) }
        onEnd(self, end)
    }
}
