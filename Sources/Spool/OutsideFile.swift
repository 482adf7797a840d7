import Glibc
package import SystemPackage

/// Files outside of the spool, in a directory that others use as well: a folder that is synchronised.
///
/// Each is there whole or not at all, and survives a power cut when its function returns. While it is written it has a
/// name that begins with `.~` and ends in `.tmp`, which synchronisers and the inbox leave alone. Files have mode 0600
/// and directories 0700, as in the spool: what an agent says is for the daemon's user until they say otherwise.
package enum OutsideFile {
    /// Writes a file where nothing is; at the instant of the rename it is there.
    ///
    /// - Parameter key: Tells writers apart; the same key must not be used by two at a time. What a crash left under it
    ///   is overwritten.
    /// - Returns: False if something is there already, which is left as it is.
    package static func create(
        _ bytes: [UInt8], at path: FilePath, key: String
    ) throws(SpoolError) -> Bool {
        let directory = path.removingLastComponent()
        let temporary = try write(bytes, in: directory, key: key)
        do {
            try Syscalls.move(temporary, path)
        } catch {
            try? Syscalls.unlink(temporary)
            if error.code == .taskExists { return false }
            throw error
        }
        try Syscalls.syncDirectory(directory)
        return true
    }

    /// Replaces a file of ours; readers see the old one or the new one.
    package static func replace(_ path: FilePath, with bytes: [UInt8], key: String) throws(SpoolError) {
        let directory = path.removingLastComponent()
        let temporary = try write(bytes, in: directory, key: key)
        do {
            try Syscalls.replace(temporary, path)
        } catch {
            try? Syscalls.unlink(temporary)
            throw error
        }
        try Syscalls.syncDirectory(directory)
    }

    /// The bytes of a regular file; nil if nothing is there, or something else than a file of at most `limit` bytes.
    package static func read(_ path: FilePath, limit: Int) throws(SpoolError) -> [UInt8]? {
        do {
            return try Syscalls.read(path, limit: limit)
        } catch  where error.code == .damaged || error.errno == .tooManySymbolicLinkLevels {
            return nil
        }
    }

    /// Whether anything is there, a link that leads nowhere as well.
    package static func isThere(_ path: FilePath) -> Bool { Syscalls.exists(path) }

    /// Removes a file of ours; it may be gone.
    package static func remove(_ path: FilePath) throws(SpoolError) {
        do {
            try Syscalls.unlink(path)
        } catch  where error.code == .taskNotFound {
            return
        }
        try Syscalls.syncDirectory(path.removingLastComponent())
    }

    /// Removes what a crash left of a file that was being written.
    package static func removeUnfinished(in directory: FilePath, key: String) {
        try? Syscalls.unlink(temporaryPath(in: directory, key: key))
    }

    /// The names in a directory.
    package static func names(in directory: FilePath) throws(SpoolError) -> Set<String> {
        Set(try Syscalls.names(in: directory))
    }

    /// Makes a subdirectory unless it is there.
    package static func ensureDirectory(_ path: FilePath) throws(SpoolError) {
        do {
            try Syscalls.makeDirectory(path)
        } catch  where error.errno == .fileExists {
            return
        }
        try Syscalls.syncDirectory(path.removingLastComponent())
    }

    private static func temporaryPath(in directory: FilePath, key: String) -> FilePath {
        directory.appending(".~openloom-\(key).tmp")
    }

    private static func write(_ bytes: [UInt8], in directory: FilePath, key: String) throws(SpoolError) -> FilePath {
        let temporary = temporaryPath(in: directory, key: key)
        try? Syscalls.unlink(temporary)
        let descriptor = try Syscalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        do {
            defer { close(descriptor) }
            try Syscalls.writeAll(descriptor, bytes, path: temporary)
            try Syscalls.sync(descriptor, path: temporary)
        } catch {
            try? Syscalls.unlink(temporary)
            throw error
        }
        CrashPoint.resultWritten.reached()
        return temporary
    }
}
