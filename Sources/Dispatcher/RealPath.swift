import Glibc
import SystemPackage

enum RealPath {
    /// An existing directory's path without symbolic links; nil for anything else.
    static func resolve(_ path: FilePath) -> FilePath? {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        var status = stat()
        guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        return FilePath(platformString: resolved)
    }
}
