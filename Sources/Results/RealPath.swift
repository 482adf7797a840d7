import Glibc
import SystemPackage

/// What a directory of somebody else's is at this moment.
enum RealPath {
    enum Access {
        case good
        case missing
        case noDirectory
        case refused
    }

    static func access(_ path: FilePath) -> Access {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else {
            return errno == EACCES ? .refused : errno == ENOTDIR ? .noDirectory : .missing
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return .noDirectory }
        return path.withPlatformString { Glibc.access($0, R_OK | W_OK | X_OK) } == 0 ? .good : .refused
    }

    /// With symbolic links followed; nil if it is not there.
    static func of(_ path: FilePath) -> FilePath? {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
