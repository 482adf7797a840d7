import Glibc
import Spool
import SystemPackage
import TaskSource

/// A name in an inbox.
struct DroppedFile: Sendable, Hashable {
    var directory: FilePath
    /// In whatever encoding the file was named: one that is not UTF-8 is taken all the same.
    var component: FilePath.Component
    var project: String?

    var path: FilePath { directory.appending(component) }

    /// For people; what is not UTF-8 in it is shown as `�`.
    var name: String { component.string }

    var isWanted: Bool { DropName.isWanted(name) }

    /// The extension that the file gets as `source.EXT`. A file of no format that we know is taken all the same, as
    /// whoever dropped it must learn that it is none.
    var sourceExtension: String {
        if let format = TaskFormat(fileName: name) { return format.rawValue }
        let plain = (path.extension ?? "").lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return plain.isEmpty ? "bin" : String(plain.prefix(16))
    }

    /// Size and time of the last change; nil when it is gone.
    var stamp: Stamp? {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Stamp(size: Int(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    var isRegular: Bool { stamp != nil }

    /// Whether somebody has the file open for writing, where the kernel can tell: it grants a read lease only on a file
    /// that nobody writes to. Where it can't (another owner's file, a network filesystem) the answer is no.
    var isBeingWritten: Bool {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // F_SETLEASE of <linux/fcntl.h>, which Glibc hides without _GNU_SOURCE. Closing gives the lease back.
        let setLease: Int32 = 1024
        return fcntl(descriptor, setLease, Int32(F_RDLCK)) == -1 && errno == EAGAIN
    }

    struct Stamp: Sendable, Hashable {
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// What lies in a directory, sorted by name.
    static func entries(in directory: FilePath) -> [FilePath.Component] {
        guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
        defer { closedir(stream) }
        var entries: [FilePath.Component] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                raw.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if let component = FilePath.Component(platformString: name), component.kind == .regular {
                entries.append(component)
            }
        }
        return entries.sorted { $0.string < $1.string }
    }

    /// The direct subfolders, which are projects. Links are not followed; a name that is not UTF-8 is no project's.
    static func subfolders(of directory: FilePath) -> [String] {
        entries(in: directory).compactMap { String(validating: $0) }.filter { name in
            var status = stat()
            let path = directory.appending(name)
            return !name.hasPrefix(".") && path.withPlatformString { lstat($0, &status) } == 0
                && status.st_mode & S_IFMT == S_IFDIR
        }
    }
}

/// Files that lie in an inbox and may still be written to.
struct SettlingFiles {
    private var seen: [DroppedFile: (stamp: DroppedFile.Stamp, since: ContinuousClock.Instant)] = [:]

    var isEmpty: Bool { seen.isEmpty }

    /// Takes note of what lies there now; returns what has kept its size and time for `settle`, and forgets it.
    mutating func update(
        _ files: [DroppedFile], now: ContinuousClock.Instant, settle: Duration
    ) -> [DroppedFile] {
        var ready: [DroppedFile] = []
        var next: [DroppedFile: (stamp: DroppedFile.Stamp, since: ContinuousClock.Instant)] = [:]
        for file in files {
            guard let stamp = file.stamp else { continue }
            if let before = seen[file], before.stamp == stamp {
                if now - before.since >= settle, !file.isBeingWritten {
                    ready.append(file)
                } else {
                    next[file] = before
                }
            } else if Self.age(of: stamp) >= settle, !file.isBeingWritten {
                // Nobody has written to it for long enough already.
                ready.append(file)
            } else {
                next[file] = (stamp, now)
            }
        }
        seen = next
        return ready
    }

    private static func age(of stamp: DroppedFile.Stamp) -> Duration {
        let changed = Timestamp(seconds: stamp.seconds, nanoseconds: stamp.nanoseconds)
        return .milliseconds(Timestamp.now().milliseconds - changed.milliseconds)
    }
}
