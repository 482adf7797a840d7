internal import Glibc
package import SystemPackage

/// Threads of the kernel: those that last as long as the process, and those of one call.
package enum KernelThread {
    /// Runs `body` on a new thread. Throws what the kernel says if it has no room for one.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            box.release()
            throw Errno(rawValue: code)
        }
        pthread_detach(thread)
    }

    private final class Box {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
