import Glibc
import Spool
import SystemPackage

/// What a look at a file from outside says, without opening it.
enum FileStatus {
    /// When the file's content, or the directory's list of entries, last changed; nil when nothing is there.
    static func modified(_ path: FilePath) -> Timestamp? {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return nil }
        return Timestamp(milliseconds: status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1_000_000)
    }
}
