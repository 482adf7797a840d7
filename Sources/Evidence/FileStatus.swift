import Glibc
import JSON

/// What the system says of a file without opening it.
struct FileStatus: Sendable, Hashable {
    enum Kind: String, Sendable {
        case regular = "f"
        case link = "l"
        case directory = "d"
        case other = "o"  // FIFO, socket, device: never opened
    }

    var mode: UInt32
    var size: Int
    /// Nanoseconds since 1970.
    var modified: Int
    /// Nanoseconds since 1970; unlike ``modified``, no program can set it.
    var changed: Int
    var inode: UInt64
    var device: UInt64

    init(mode: UInt32, size: Int, modified: Int, changed: Int, inode: UInt64, device: UInt64) {
        self.mode = mode
        self.size = size
        self.modified = modified
        self.changed = changed
        self.inode = inode
        self.device = device
    }

    init(_ status: stat) {
        // A filesystem may report any 64-bit time: wrap, where multiplication would trap.
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
        self.init(
            mode: status.st_mode, size: max(0, Int(status.st_size)), modified: nanoseconds(status.st_mtim),
            changed: nanoseconds(status.st_ctim), inode: UInt64(status.st_ino), device: UInt64(status.st_dev))
    }

    var kind: Kind {
        switch mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFLNK: .link
        case S_IFDIR: .directory
        default: .other
        }
    }

    var isRegular: Bool { kind == .regular }

    /// No program can have written to the file between two equal ones, but for one within the clock's last tick.
    func isSame(as other: FileStatus) -> Bool {
        mode == other.mode && size == other.size && modified == other.modified && changed == other.changed
            && inode == other.inode
    }

    /// Whether the file may have been changed after `instant` (nanoseconds since 1970). The time that this goes by can't
    /// be set, but lags behind the clock: by a kernel's tick of 10 ms at most, and by up to two seconds on filesystems
    /// that know whole seconds only, whose times have no fraction.
    func mayHaveChanged(since instant: Int) -> Bool {
        let tick = changed % 1_000_000_000 == 0 ? 3_000_000_000 : 20_000_000
        return changed >= instant - tick
    }

    func put(into members: inout JSONObject) {
        members["mode"] = .int(Int(mode))
        members["size"] = .int(size)
        members["mtime_ns"] = .int(modified)
        members["ctime_ns"] = .int(changed)
        members["inode"] = .string(String(inode))
        members["device"] = .string(String(device))
    }

    /// Reads what ``put(into:)`` wrote.
    init?(_ json: JSONValue) {
        guard let mode = json["mode"]?.int.flatMap({ UInt32(exactly: $0) }), let size = json["size"]?.int,
            let modified = json["mtime_ns"]?.int, let changed = json["ctime_ns"]?.int,
            let inode = json["inode"]?.string.flatMap({ UInt64($0) }),
            let device = json["device"]?.string.flatMap({ UInt64($0) })
        else { return nil }
        self.init(mode: mode, size: size, modified: modified, changed: changed, inode: inode, device: device)
    }
}
