import Glibc
import SystemPackage

/// Whether OpenLoom 0.17 runs: it keeps its database open, and with it a lock of SQLite's.
enum OldDaemon {
    struct Holder {
        /// Nil where the kernel does not tell, as for one in another container.
        var process: Int32?
    }

    /// The byte that SQLite's file format keeps for locks, and how many there are. Whoever has a database in WAL mode open
    /// holds one of them.
    private static let firstLock = 0x4000_0000
    private static let lockCount = 512

    /// Who has the database open; nil if nobody has. The file is not touched.
    static func holder(of database: FilePath) -> Holder? {
        let descriptor = database.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = Glibc.flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: firstLock, l_len: lockCount, l_pid: 0)
        guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return Holder(process: lock.l_pid > 0 ? lock.l_pid : nil)
    }
}

extension OldDaemon.Holder {
    /// What to do about it.
    func advice(_ database: FilePath) -> String {
        guard let process else {
            return "\(database) is in use; stop OpenLoom 0.17 where it runs, then run this again"
        }
        return "process \(process) uses \(database); stop it (Ctrl-C where it runs, or kill \(process)), "
            + "then run this again"
    }
}
