package import SystemPackage

/// Whether the kernel tells of a change, tried once.
package enum InotifyTrial {
    /// Makes an instance and a watch, has something changed, and waits for the event; all of it is gone afterwards.
    ///
    /// - Parameters:
    ///   - directory: Must be there.
    ///   - change: Makes a file or directory in it.
    /// - Returns: Whether an event came within `patience`.
    /// - Throws: What the kernel refuses, with how to mend it.
    package static func run(
        in directory: FilePath, patience: Duration, _ change: () -> Void
    ) throws(WatchError) -> Bool {
        let kernel: InotifyKernel
        do {
            kernel = try InotifyKernel()
        } catch {
            throw .starting(error)
        }
        defer { kernel.close() }
        do {
            _ = try kernel.add(directory)
            change()
            guard let descriptor = kernel.descriptor else { return false }
            _ = try Syscalls.poll([descriptor], until: .now + patience)
            return try !kernel.events().isEmpty
        } catch {
            throw .watching(directory, error)
        }
    }
}
