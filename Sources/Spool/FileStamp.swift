import Glibc

/// What a file or a directory shows of its last change, without being read.
struct FileStamp: Equatable {
    private var device: UInt
    private var inode: UInt
    private var size: Int
    /// Nanoseconds since 1970.
    private var modified: Int
    private var changed: Int

    /// More than the clock of any filesystem needs to tick: some know whole seconds only, or two of them.
    static let coarsestTick = 3_000_000_000
    /// The kernel's own clock for files ticks every 10 ms at the slowest.
    private static let kernelTick = 20_000_000

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    /// Whether a change after `now` would have to look different: two within one tick of the clock look like one.
    ///
    /// - Parameter tick: Left out, what the time shows: one without fraction is that of a coarse filesystem.
    func isSettled(at now: Int, tick: Int? = nil) -> Bool {
        let tick = tick ?? (modified % 1_000_000_000 == 0 ? Self.coarsestTick : Self.kernelTick)
        return max(modified, changed) < now - tick
    }

    func combine(into fingerprint: inout TaskFingerprint) {
        fingerprint.combine(UInt64(inode))
        fingerprint.combine(UInt64(bitPattern: Int64(size)))
        fingerprint.combine(UInt64(bitPattern: Int64(modified)))
        fingerprint.combine(UInt64(bitPattern: Int64(changed)))
    }

    /// Of a directory: that it is the same, and when an entry was last added, replaced or removed.
    func combineEntries(into fingerprint: inout TaskFingerprint) {
        fingerprint.combine(UInt64(inode))
        fingerprint.combine(UInt64(bitPattern: Int64(modified)))
    }

    /// Nanoseconds since 1970.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int {
        time.tv_sec.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ time.tv_nsec
    }
}
