import Glibc
package import SystemPackage

/// A spool: a directory in which every task is a directory, and the place of that directory is the task's state.
///
/// All methods are synchronous and may block in the kernel; from asynchronous code call them through ``BlockingPool``.
/// Each transition is one function with one rename, and its comment names the instant at which it has happened. None
/// of them keeps state between calls: the same functions serve the daemon, the command line and a second process.
package struct SpoolDirectory: Sendable {
    package let paths: SpoolPaths

    /// The layout that this software reads and writes; anything else must not be touched.
    package static let version = "1"

    private init(paths: SpoolPaths) { self.paths = paths }

    package var root: FilePath { paths.root }

    /// Opens the spool at `root`, making it if nothing at all is there.
    ///
    /// A root that is there without `spool-version` is refused: that is how the mount point of a filesystem that is
    /// not mounted looks, and a second spool under it would hide tasks.
    package init(openingOrCreating root: FilePath) throws(SpoolError) {
        if Syscalls.exists(root) {
            try self.init(opening: root)
        } else {
            try self.init(initializing: root)
        }
    }

    /// Opens the spool at `root`.
    package init(opening root: FilePath) throws(SpoolError) {
        let paths = SpoolPaths(root: root)
        guard Syscalls.exists(root) else {
            throw SpoolError(.spoolMissing, "open", root, advice: "make it with `openloom init --spool \(root)`")
        }
        guard let bytes = try Syscalls.read(paths.version, limit: 64) else {
            throw SpoolError(
                .notASpool, "open", root,
                advice: "it has no file spool-version. If a filesystem should be mounted there, mount it; "
                    + "to make a spool of it, run `openloom init --spool \(root)`"
            )
        }
        let version = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard version == Self.version else {
            throw SpoolError(
                .notASpool, "open", root,
                advice: "its version is \"\(version)\", this program knows \(Self.version); use a newer openloom"
            )
        }
        self.init(paths: paths)
    }

    /// Makes a spool of a directory that is absent, empty, or a spool already.
    ///
    /// It is one at the instant `spool-version` is renamed into place; that comes last, so a crash leaves a directory
    /// that is refused until this runs again.
    package init(initializing root: FilePath) throws(SpoolError) {
        let paths = SpoolPaths(root: root)
        if Syscalls.exists(paths.version) {
            try self.init(opening: root)
        } else {
            try Self.makeParents(root)
            try Syscalls.ensureDirectory(root)
            let known = Set(paths.directories.compactMap { $0.lastComponent?.string })
            let strangers = try Syscalls.names(in: root).filter { !known.contains($0) && !$0.hasPrefix(".") }
            // Somebody else who makes it at the same time may be ahead.
            if let stranger = strangers.sorted().first(where: { $0 != paths.version.lastComponent?.string }) {
                throw SpoolError(
                    .notASpool, "initialize", root,
                    advice: "it holds other things (\(stranger)); choose a directory that is empty or absent"
                )
            }
            if strangers.isEmpty { self.init(paths: paths) } else { try self.init(opening: root) }
            // One that was made beforehand, and is empty: what will lie in it is nobody else's business.
            try Syscalls.call("chmod", root) { root.withPlatformString { chmod($0, 0o700) } }
        }
        for directory in paths.directories { try Syscalls.ensureDirectory(directory) }
        if !Syscalls.exists(paths.version) {
            try DurableFile.write([("spool-version", Array("\(Self.version)\n".utf8))], in: root)
            let parent = root.removingLastComponent()
            try Syscalls.syncDirectory(parent.isEmpty ? "." : parent)
        }
    }

    private static func makeParents(_ path: FilePath) throws(SpoolError) {
        let parent = path.removingLastComponent()
        if parent.isEmpty || parent == path || Syscalls.exists(parent) { return }
        try makeParents(parent)
        try Syscalls.ensureDirectory(parent)
    }

    /// Makes the spool's directories that somebody removed. A task directory can't be lost this way: those are never
    /// made here.
    package func ensureDirectories() throws(SpoolError) {
        for directory in paths.directories where !Syscalls.isDirectory(directory) {
            try Syscalls.ensureDirectory(directory)
        }
    }

    package var isClosed: Bool { Syscalls.exists(paths.closed) }
    package var isPaused: Bool { Syscalls.exists(paths.pause) }
}
