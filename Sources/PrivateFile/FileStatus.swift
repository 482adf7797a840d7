import Glibc
package import SystemPackage

/// What lstat(2) says of a path.
///
/// It is here for modules that import NIO too: in an optimised build, where a whole module is compiled at once, the
/// compiler takes the kernel's structure for NIO's own there, and refuses it.
package struct FileStatus: Sendable, Equatable {
    package var isSocket: Bool
    /// User id.
    package var owner: UInt32
    package var device: UInt
    package var inode: UInt

    /// Nil where that can't be told; `errno` says why.
    package init?(_ path: FilePath) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return nil }
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
        owner = status.st_uid
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}
