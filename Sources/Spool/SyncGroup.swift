import CLinux
import Glibc
import SystemPackage

/// Files that reach the disk together: all are written before the first of them is synced, and the kernel is told to
/// begin with each, so that a journaling filesystem commits once and not once for each file.
struct SyncGroup: ~Copyable {
    private var written: [(descriptor: Int32, path: FilePath)] = []
    /// By their paths, as there may be more of them than a process may have open.
    private var others: [FilePath] = []

    deinit {
        for file in written { close(file.descriptor) }
    }

    /// Writes a file anew. It is on disk after ``sync()``; its directory's own sync is the caller's.
    mutating func write(_ bytes: some Collection<UInt8>, to path: FilePath) throws(SpoolError) {
        let descriptor = try Syscalls.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        written.append((descriptor, path))
        try Syscalls.writeAll(descriptor, bytes, path: path)
    }

    /// Adds a file that is there, or a directory with everything in it but names that begin with a dot, which nobody reads
    /// after a crash. Links are not followed; what is not there, or goes away, is fine.
    mutating func add(_ path: FilePath) throws(SpoolError) {
        guard let kind = try Syscalls.status(path).map({ $0.st_mode & S_IFMT }) else { return }
        guard kind == S_IFREG || kind == S_IFDIR else { return }
        if kind == S_IFDIR {
            for name in try Syscalls.names(in: path) where !name.hasPrefix(".") { try add(path.appending(name)) }
        }
        others.append(path)
    }

    /// When this returns, everything in the group survives a power cut.
    func sync() throws(SpoolError) {
        // Only begins it, and is no promise: a filesystem that does not know the call waits in the next loop instead.
        if written.count + others.count > 1 {
            for file in written { _ = clinux_start_writeback(file.descriptor) }
            for path in others { try Self.open(path) { clinux_start_writeback($0) } }
        }
        for file in written { try Syscalls.sync(file.descriptor, path: file.path) }
        for path in others {
            try Self.open(path) { descriptor throws(SpoolError) in try Syscalls.sync(descriptor, path: path) }
        }
    }

    private static func open<Value>(
        _ path: FilePath, _ body: (Int32) throws(SpoolError) -> Value
    ) throws(SpoolError) {
        let descriptor: Int32
        do {
            descriptor = try Syscalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch  where error.code == .taskNotFound {
            return
        }
        defer { close(descriptor) }
        _ = try body(descriptor)
    }
}
