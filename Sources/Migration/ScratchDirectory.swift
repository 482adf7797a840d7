import Glibc
import SystemPackage

/// A private directory that is removed with it, once its owner has removed what is in it.
final class ScratchDirectory {
    let path: FilePath

    /// - Parameter parent: Where it is made.
    init(in parent: FilePath) throws(MigrationError) {
        var template = Array(parent.appending("openloom-migrate-XXXXXX").string.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw MigrationError("can't make a directory in \(parent): \(Errno(rawValue: errno)); set TMPDIR")
        }
        path = FilePath(platformString: template)
    }

    deinit { rmdir(path.string) }
}
