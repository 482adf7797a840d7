internal import Glibc

/// Where threads wait for work, without a time limit: a waiting thread costs nothing.
final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Lets one thread go on, be it one that waits or one that will.
    func signal() { sem_post(semaphore) }

    func wait() {
        // Fails only when a signal handler interrupted it.
        while sem_wait(semaphore) != 0 {}
    }
}
