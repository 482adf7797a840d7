import CLinux
import Glibc
import SystemPackage

/// How much room there is, in bytes and in files, on the filesystem and within the user's quota.
struct SpaceCheck: BlockingCheck {
    let name = "space"

    /// Below this the daemon may soon be unable to write: a large patch, a transcript and a worktree fit in.
    static let leastBytes = 512 << 20
    /// A task has a few dozen files, its worktree thousands.
    static let leastFiles = 10_000

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        guard let path = scene.nearestToSpool, let room = Room(at: path, user: scene.user) else {
            return [warning("can't tell how much is free on the spool's filesystem")]
        }
        return judge(room)
    }

    func judge(_ room: Room) -> [DoctorFinding] {
        let wait = "tasks wait when it is full"
        var findings: [DoctorFinding] = []
        let shown = "\(room.bytes >> 20) MiB free on the spool's filesystem"
        if room.bytes < Self.leastBytes {
            findings.append(problem("\(shown); \(wait): make room", mend: "du -xh --max-depth=2 / | sort -h | tail"))
        }
        if let files = room.files, files < Self.leastFiles {
            findings.append(
                problem("room for \(files) more files (inodes); \(wait): remove some", mend: "df -i; openloom rm"))
        }
        if let bytes = room.quotaBytes, bytes < Self.leastBytes {
            findings.append(
                problem("your quota leaves \(bytes >> 20) MiB; \(wait): make room, or have it raised", mend: "quota -s")
            )
        }
        if let files = room.quotaFiles, files < Self.leastFiles {
            findings.append(problem("your quota leaves \(files) files; \(wait)", mend: "quota -s"))
        }
        return findings.isEmpty ? [good(shown)] : findings
    }
}

/// What is left of a filesystem.
struct Room: Sendable {
    /// For users other than root.
    var bytes: Int
    /// Nil where the filesystem has no such limit.
    var files: Int?
    /// Nil where nothing limits the user, or it can't be told.
    var quotaBytes: Int?
    var quotaFiles: Int?

    init(bytes: Int, files: Int? = nil, quotaBytes: Int? = nil, quotaFiles: Int? = nil) {
        self.bytes = bytes
        self.files = files
        self.quotaBytes = quotaBytes
        self.quotaFiles = quotaFiles
    }

    init?(at path: FilePath, user: UInt32) {
        var information = statvfs()
        guard path.withPlatformString({ statvfs($0, &information) }) == 0 else { return nil }
        let free = Int(clamping: information.f_bavail).multipliedReportingOverflow(by: Int(information.f_frsize))
        bytes = free.overflow ? Int.max : free.partialValue
        files = information.f_files == 0 ? nil : Int(clamping: information.f_favail)
        guard let directory = try? FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec]) else {
            return
        }
        defer { try? directory.close() }
        var (left, leftFiles) = (UInt64.max, UInt64.max)
        guard clinux_quota_left(directory.rawValue, user, &left, &leftFiles) == 0 else { return }
        if left != .max { quotaBytes = Int(clamping: left) }
        if leftFiles != .max { quotaFiles = Int(clamping: leftFiles) }
    }
}
