import Glibc
import Synchronization
import SystemPackage

/// Syncs of directories that many change at once, as each submission does `new/`: one sync serves all who asked for it
/// before it was begun.
///
/// Who asks while one is going on may have changed what it has passed already, and waits for the next.
final class SharedSync: Sendable {
    /// For all of this process, as directories are.
    static let directories = SharedSync { path throws(SpoolError) in try Syscalls.syncDirectory(path) }

    /// A directory is in it while it is being synced, with those who wait for the next time.
    private let going = Mutex<[FilePath: [Waiter]]>([:])
    private let sync: @Sendable (FilePath) throws(SpoolError) -> Void

    init(_ sync: @escaping @Sendable (FilePath) throws(SpoolError) -> Void) { self.sync = sync }

    /// When this returns, what was created in, renamed into or removed from the directory before the call survives a
    /// power cut. Blocks.
    func callAsFunction(_ path: FilePath) throws(SpoolError) {
        let waiter = going.withLock { going -> Waiter? in
            guard going[path] != nil else {
                going[path] = []
                return nil
            }
            let waiter = Waiter()
            going[path]?.append(waiter)
            return waiter
        }
        switch waiter?.wait() ?? .turn([]) {
        case .done(let result): try result.get()
        case .turn(let others):
            let result = Result { () throws(SpoolError) in try sync(path) }
            for other in others { other.wake(.done(result)) }
            handOn(path)
            try result.get()
        }
    }

    /// How many wait for the next sync of that directory.
    func waiting(for path: FilePath) -> Int { going.withLock { $0[path]?.count ?? 0 } }

    /// Lets the first of those who have come meanwhile sync for all of them.
    private func handOn(_ path: FilePath) {
        let next = going.withLock { going in
            let next = going[path] ?? []
            going[path] = next.isEmpty ? nil : []
            return next
        }
        next.first?.wake(.turn(Array(next.dropFirst())))
    }

    private enum Outcome: Sendable {
        case done(Result<Void, SpoolError>)
        /// Whoever gets it syncs, for these as well.
        case turn([Waiter])
    }

    /// A thread that waits. Woken once.
    private final class Waiter: Sendable {
        private let outcome = Mutex<Outcome?>(nil)
        private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

        init() {
            semaphore = .allocate(capacity: 1)
            semaphore.initialize(to: sem_t())
            sem_init(semaphore, 0, 0)
        }

        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }

        func wake(_ value: Outcome) {
            outcome.withLock { $0 = value }
            sem_post(semaphore)
        }

        func wait() -> Outcome {
            while true {
                if let outcome = outcome.withLock({ $0.take() }) { return outcome }
                // A signal ends the wait early.
                sem_wait(semaphore)
            }
        }
    }
}
