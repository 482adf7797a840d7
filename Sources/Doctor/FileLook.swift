import Console
import Glibc
import SystemPackage

extension FilePath {
    /// As it is typed in a shell.
    var word: String { ShellWord.quoted(string) }
}

/// What stat(2) says of a path, as far as checks want to know.
struct FileLook {
    enum Kind {
        case file
        case directory
        case link
        case other
    }

    var kind: Kind
    /// The twelve bits of permissions.
    var mode: UInt32
    var owner: UInt32
    var device: UInt
    var inode: UInt
    /// Seconds since 1970.
    var modified: Double

    /// Nil where nothing is there, or it can't be told.
    init?(_ path: FilePath, followsLink: Bool = true) {
        var status = stat()
        let code = path.withPlatformString { followsLink ? stat($0, &status) : lstat($0, &status) }
        guard code == 0 else { return nil }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        mode = UInt32(status.st_mode & 0o7777)
        owner = UInt32(status.st_uid)
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        modified = Double(status.st_mtim.tv_sec)
    }

    /// Whether somebody else than its owner may change it: a directory with the sticky bit lets nobody change what is
    /// not theirs.
    var isOpenToChange: Bool { mode & 0o022 != 0 && mode & 0o1000 == 0 }

    /// `0755`
    var shownMode: String { "0" + String(mode, radix: 8) }

    /// Whether we may use it so; `permissions` are those of access(2).
    static func allows(_ path: FilePath, _ permissions: Int32) -> Bool {
        path.withPlatformString { access($0, permissions) } == 0
    }
}
