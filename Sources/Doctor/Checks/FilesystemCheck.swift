import CLinux
import DaemonConfiguration
import Glibc
import Inotify
import Spool
import SystemPackage

/// What kind of filesystem the spool is on, and what that means for tasks.
struct FilesystemCheck: BlockingCheck {
    let name = "filesystem"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        guard let path = scene.nearestToSpool else { return [skipped("no directory above the spool can be looked at")] }
        var findings = judge(FilesystemFacts(of: path))
        if let spool = scene.spool { findings += placeFindings(scene, spool) }
        return findings
    }

    func judge(_ facts: FilesystemFacts) -> [DoctorFinding] {
        let elsewhere = "name a spool on a disk of this machine with spool.path"
        var findings: [DoctorFinding] = []
        let what = "the spool is on \(facts.typeName)"
        switch facts.kind {
        case .memory:
            findings.append(
                warning("\(what), which is memory: tasks and results are gone after a restart", mend: elsewhere))
        case .container:
            findings.append(
                warning(
                    "\(what): what a container writes there is gone with the container",
                    mend: "mount a volume there, or \(elsewhere)"))
        case .withoutPermissions:
            findings.append(
                problem(
                    "\(what), which knows neither permissions nor names that differ in case, and loses files in a crash",
                    mend: elsewhere))
        case .readOnlyImage: findings.append(problem("\(what), which can't be written", mend: elsewhere))
        case .shared:
            findings.append(
                warning(
                    "\(what): changes by others are found on a timer, and how durable a file is depends on the server",
                    mend: elsewhere))
        case .disk: findings.append(good(what))
        }
        if facts.isReadOnly {
            findings.append(
                problem("it is mounted read-only: tasks can't be moved", mend: "sudo mount -o remount,rw MOUNTPOINT"))
        }
        return findings
    }

    private func placeFindings(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let new = spool.paths.directory(of: .new)
        if let directory = FileLook(new), let other = FileLook(spool.root.appending("NEW")),
            directory.inode == other.inode, directory.device == other.device
        {
            findings.append(
                warning("it does not tell new from NEW: tasks whose names differ in case only are one"))
        }
        let device = FileLook(spool.paths.temporary)?.device
        for directory in [spool.root] + TaskState.allCases.map(spool.paths.directory(of:)) {
            guard let look = FileLook(directory), look.device != device else { continue }
            findings.append(
                problem(
                    "\(directory) and \(spool.paths.temporary) are on different filesystems: no task can be moved",
                    mend: "mount one filesystem for all of \(spool.root)"))
        }
        let inbox = scene.configuration.inbox.path
        if let look = FileLook(inbox) {
            if look.device != device {
                findings.append(good("the inbox \(inbox) is on another filesystem: dropped files are copied"))
            }
            if !FileLook.allows(inbox, R_OK | W_OK | X_OK) {
                findings.append(
                    problem("dropped files can't be taken from the inbox \(inbox)", mend: "chmod u+rwx \(inbox.word)"))
            }
        } else {
            findings.append(
                problem("the inbox \(inbox) is not there", mend: "mkdir -p \(inbox.word)"))
        }
        return findings
    }
}

/// What statfs(2) says of a filesystem.
struct FilesystemFacts: Sendable {
    enum Kind: Sendable {
        case disk
        case memory
        case container
        case shared
        case withoutPermissions
        case readOnlyImage
    }

    var kind: Kind
    var typeName: String
    var isReadOnly: Bool

    init(kind: Kind, typeName: String, isReadOnly: Bool = false) {
        self.kind = kind
        self.typeName = typeName
        self.isReadOnly = isReadOnly
    }

    /// `f_type` of statfs(2); the numbers are those of linux/magic.h and of the filesystems' sources.
    private static let known: [UInt32: (Kind, String)] = [
        0x0000_EF53: (.disk, "ext4"), 0x5846_5342: (.disk, "xfs"), 0x9123_683E: (.disk, "btrfs"),
        0x2FC1_2FC1: (.disk, "zfs"), 0xF2F5_2010: (.disk, "f2fs"), 0xCA45_1A4E: (.disk, "bcachefs"),
        0x0102_1994: (.memory, "tmpfs"), 0x8584_58F6: (.memory, "ramfs"), 0x794C_7630: (.container, "overlayfs"),
        0x0000_4D44: (.withoutPermissions, "vfat"), 0x2011_BAB0: (.withoutPermissions, "exfat"),
        0x7371_7368: (.readOnlyImage, "squashfs"), 0xE0F5_E1E2: (.readOnlyImage, "erofs"),
        0x0000_9660: (.readOnlyImage, "iso9660"), 0x0000_6969: (.shared, "nfs"), 0x0000_517B: (.shared, "smb"),
        0xFF53_4D42: (.shared, "cifs"), 0xFE53_4D42: (.shared, "smb"), 0x6573_5546: (.shared, "fuse"),
        0x00C3_6400: (.shared, "ceph"), 0x0102_1997: (.shared, "9p"),
    ]

    init(of path: FilePath) {
        var number = 0
        var information = statvfs()
        let isKnown = path.withPlatformString { clinux_statfs_type($0, &number) } == 0
        let type = UInt32(truncatingIfNeeded: number)
        if isKnown, let (kind, name) = Self.known[type] {
            (self.kind, typeName) = (kind, name)
        } else {
            kind = DirectoryWatcher.eventsAreReliable(on: path) ? .disk : .shared
            typeName = "a filesystem of type 0x" + String(type, radix: 16)
        }
        isReadOnly =
            path.withPlatformString { statvfs($0, &information) } == 0
            && information.f_flag & UInt(ST_RDONLY) != 0
    }
}

extension DoctorScene {
    /// The spool, or the nearest directory above it that is there.
    var nearestToSpool: FilePath? {
        var path = configuration.spool.path
        while !FileLook.allows(path, F_OK) {
            guard path.removeLastComponent() else { return nil }
        }
        return path
    }
}
