import CLinux
import Glibc
package import SystemPackage

/// What every transition relies on, tried on the spool's own filesystem.
package struct SpoolProbe: Sendable {
    /// In the order in which they are tried.
    package enum Step: String, Sendable, CaseIterable {
        case makeDirectory = "mkdir"
        case writeFile = "write"
        case syncFile = "fsync of a file"
        case syncDirectory = "fsync of a directory"
        case replaceFile = "rename of a file over another"
        case moveDirectory = "rename of a directory"
        case moveRefused = "rename without replacing"
        case remove = "rm -r"
    }

    /// The step that failed, and why; nil if all is well. No later step was tried.
    package var failure: (step: Step, reason: String)?
    /// Whether the filesystem itself refuses to rename over what is there; if not, a look comes before each rename.
    package var refusesToReplace = true
    /// How long the file's and the directory's fsync took together.
    package var syncTime = Duration.zero
    /// Probes of processes that were killed, which are removed now.
    package var leftovers = 0

    package init() {}
}

extension SpoolDirectory {
    /// In the names of probes under `tmp/`. It begins with the mark of what was deleted, so a daemon that starts removes
    /// a probe whose process is gone; no task's name begins with a dot.
    private static let probeMark = "\(trashMark).doctor-"

    /// A directory under `tmp/` of this process's own for the length of a call, and of no other call of that purpose.
    ///
    /// - Parameter purpose: A word.
    package func withProbeDirectory<Value>(
        _ purpose: String, _ body: (FilePath) throws(SpoolError) -> Value
    ) throws(SpoolError) -> Value {
        let home = paths.temporary.appending("\(getpid()).\(Self.probeMark)\(purpose)")
        try Syscalls.removeTree(home)
        try Syscalls.makeDirectory(home)
        defer { try? Syscalls.removeTree(home) }
        CrashPoint.probeMade.reached()
        return try body(home)
    }

    /// Makes, syncs, renames and removes a directory under `tmp/`, with the calls that transitions make.
    ///
    /// Changes nothing else. One that was killed in the middle leaves its directory, which the next one removes.
    package func probe() -> SpoolProbe {
        var probe = SpoolProbe()
        probe.leftovers = removeOldProbes()
        var step = SpoolProbe.Step.makeDirectory
        do throws(SpoolError) {
            try withProbeDirectory("renames") { home throws(SpoolError) in
                func part(_ name: String) -> FilePath { home.appending(name) }
                let (from, to, taken) = (part("from"), part("to"), part("taken"))
                for directory in [from, taken] { try Syscalls.makeDirectory(directory) }
                let (file, other) = (part("from/file"), part("from/other"))
                step = .writeFile
                let descriptor = try Syscalls.open(file, O_WRONLY | O_CREAT | O_EXCL)
                defer { close(descriptor) }
                try Syscalls.writeAll(descriptor, Array("openloom\n".utf8), path: file)
                let start = ContinuousClock.now
                step = .syncFile
                try Syscalls.sync(descriptor, path: file)
                step = .syncDirectory
                try Syscalls.syncDirectory(from)
                probe.syncTime = ContinuousClock.now - start
                step = .replaceFile
                try DurableFile.writeVolatile("old\n", to: other)
                try Syscalls.replace(file, other)
                step = .moveDirectory
                try Syscalls.move(from, to)
                step = .moveRefused
                probe.refusesToReplace = try Self.refusesToReplace(to, taken)
                step = .remove
                try Syscalls.removeTree(to)
            }
        } catch {
            probe.failure = (step, error.errno.map { "\($0)" } ?? "\(error)")
        }
        return probe
    }

    /// - Returns: False where the filesystem does not know the flag.
    private static func refusesToReplace(_ from: FilePath, _ taken: FilePath) throws(SpoolError) -> Bool {
        do {
            try Syscalls.call("rename", from) {
                from.withPlatformString { from in
                    taken.withPlatformString {
                        Int(clinux_renameat2(AT_FDCWD, from, AT_FDCWD, $0, UInt32(CLINUX_RENAME_NOREPLACE)))
                    }
                }
            }
        } catch {
            switch error.errno {
            case .fileExists, .directoryNotEmpty: return true
            case .invalidArgument: return false
            default: throw error
            }
        }
        throw SpoolError(
            .damaged, "rename", taken, advice: "the filesystem replaced a directory although it was told not to")
    }

    private func removeOldProbes() -> Int {
        let names = (try? Syscalls.names(in: paths.temporary)) ?? []
        return names.count { name in
            guard name.contains(".\(Self.probeMark)"), let pid = Int32(name.prefix { $0 != "." }), pid > 0,
                pid != getpid(), kill(pid, 0) != 0, errno == ESRCH
            else { return false }
            return (try? Syscalls.removeTree(paths.temporary.appending(name))) != nil
        }
    }
}
