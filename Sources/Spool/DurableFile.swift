import Glibc
import Synchronization
package import SystemPackage

/// Files that are either as they were or as they should be, whatever happens while they are written.
///
/// Nothing else in the spool opens a file for writing, but for the append-only logs.
package enum DurableFile {
    /// Writes files into one directory: each under a temporary name, synced, renamed; then the directory is synced.
    ///
    /// When this returns, all of them survive a power cut. After a crash in the middle each file is whole, old or new,
    /// in the order given: the last one being there means that all are. A name that begins with a dot is a leftover
    /// of such a crash and nobody reads it.
    ///
    /// - Parameter other: A directory whose files others wrote, without syncing them: all of it survives a power cut
    ///   before any of `files` is there. It may be missing.
    package static func write(
        _ files: [(name: String, bytes: [UInt8])], in directory: FilePath, after other: FilePath? = nil
    ) throws(SpoolError) {
        var group = SyncGroup()
        if let other { try group.add(other) }
        var ready: [(FilePath, FilePath)] = []
        for (name, bytes) in files {
            let temporary = temporaryPath(for: name, in: directory)
            try group.write(bytes, to: temporary)
            ready.append((temporary, directory.appending(name)))
        }
        try group.sync()
        for (temporary, path) in ready { try Syscalls.replace(temporary, path) }
        try Syscalls.syncDirectory(directory)
    }

    /// Writes one file that survives a power cut.
    package static func write(
        _ text: String, to path: FilePath, after other: FilePath? = nil
    ) throws(SpoolError) {
        guard let name = path.lastComponent?.string else { return }
        try write([(name, Array(text.utf8))], in: path.removingLastComponent(), after: other)
    }

    /// Writes one file whose content survives a power cut, if its name does: the directory is not synced. Enough for
    /// what must be there only if something later in the same filesystem is, as a journal keeps their order.
    static func writeContent(_ text: String, to path: FilePath) throws(SpoolError) {
        guard let name = path.lastComponent?.string else { return }
        let temporary = temporaryPath(for: name, in: path.removingLastComponent())
        try writeSynced(text.utf8, to: temporary)
        try Syscalls.replace(temporary, path)
    }

    /// Writes one file that readers see whole, and that a power cut may undo: for what is only shown.
    package static func writeVolatile(_ text: String, to path: FilePath) throws(SpoolError) {
        try writeVolatile(Array(text.utf8), to: path)
    }

    package static func writeVolatile(_ bytes: [UInt8], to path: FilePath) throws(SpoolError) {
        guard let name = path.lastComponent?.string else { return }
        let temporary = temporaryPath(for: name, in: path.removingLastComponent())
        let descriptor = try Syscalls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        do {
            defer { close(descriptor) }
            try Syscalls.writeAll(descriptor, bytes, path: temporary)
        }
        try Syscalls.replace(temporary, path)
    }

    /// Gives a file a second name, in place of whatever has that name. Its content is not changed through either.
    package static func link(_ path: FilePath, to name: FilePath) throws(SpoolError) {
        try Syscalls.removeTree(name)
        try Syscalls.call("link", path) {
            path.withPlatformString { path in name.withPlatformString { Glibc.link(path, $0) } }
        }
    }

    /// Makes an empty directory, whatever was there. Its own directory must be there.
    package static func emptyDirectory(_ path: FilePath) throws(SpoolError) {
        try Syscalls.removeTree(path)
        try Syscalls.makeDirectory(path)
    }

    /// Copies a regular file of any size, piece by piece; the copy survives a power cut when this returns.
    static func copy(_ original: FilePath, to path: FilePath) throws(SpoolError) {
        guard let name = path.lastComponent?.string else { return }
        let input = try Syscalls.openRegular(original)
        defer { close(input) }
        let temporary = temporaryPath(for: name, in: path.removingLastComponent())
        let output = try Syscalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        do {
            defer { close(output) }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = try Syscalls.call("read", original) {
                    buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
                }
                if count == 0 { break }
                try Syscalls.writeAll(output, buffer[..<count], path: temporary)
            }
            try Syscalls.sync(output, path: temporary)
        } catch {
            try? Syscalls.unlink(temporary)
            throw error
        }
        try Syscalls.replace(temporary, path)
        try Syscalls.syncDirectory(path.removingLastComponent())
    }

    /// A name that no other writer uses, in this process or in another: two that write one file at a time each
    /// replace it whole.
    static func temporaryPath(for name: String, in directory: FilePath) -> FilePath {
        let number = counter.add(1, ordering: .relaxed).newValue
        return directory.appending(".\(name).\(getpid()).\(number)")
    }

    private static let counter = Atomic(0)

    /// Writes a new file in a directory that nobody reads yet, and syncs it. The directory's own sync is the caller's.
    static func writeSynced(_ bytes: some Collection<UInt8>, to path: FilePath) throws(SpoolError) {
        let descriptor = try Syscalls.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(descriptor) }
        try Syscalls.writeAll(descriptor, bytes, path: path)
        try Syscalls.sync(descriptor, path: path)
    }
}
