import Glibc
import SystemPackage
import Testing

/// A directory from which a file can't be renamed into the temporary directory.
enum OtherFilesystem {
    static var path: FilePath {
        get throws {
            let candidates = ["/dev/shm", "/run/user/\(getuid())", "/var/tmp", "/run"]
            let found = candidates.first { path in
                access(path, W_OK) == 0 && device(path) != nil && device(path) != device("/tmp")
            }
            return FilePath(try #require(found, "these tests need a filesystem besides that of /tmp, such as /dev/shm"))
        }
    }

    private static func device(_ path: String) -> dev_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_dev : nil
    }
}
