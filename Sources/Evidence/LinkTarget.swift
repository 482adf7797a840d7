import Glibc
import SystemPackage

/// Where a symbolic link leads.
enum LinkTarget {
    /// - Parameters:
    ///   - workspace: A real path.
    ///   - link: From there.
    ///   - boundary: The directory that it may lead out of.
    /// - Returns: The real path, if it is outside; of what is not there, the path that it would have.
    static func outside(_ workspace: FilePath, _ link: [UInt8], boundary: FilePath) -> [UInt8]? {
        let path = workspace.pushing(PathText.path(link))
        var target = RealPath.of(path)
        if target == nil {
            guard let root = try? Syscalls.open(workspace, O_RDONLY | O_DIRECTORY),
                let text = try? Beneath.linkTarget(root, link)
            else { return nil }
            let named = path.removingLastComponent().pushing(PathText.path(text))
            guard let name = named.lastComponent, let parent = RealPath.of(named.removingLastComponent()) else {
                return nil
            }
            target = parent.appending(name)
        }
        guard let target, !target.starts(with: boundary) else { return nil }
        return PathText.bytes(target)
    }
}

enum RealPath {
    /// The path without symbolic links; nil, with `errno` set, when there is no such file.
    static func of(_ path: FilePath) -> FilePath? {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
