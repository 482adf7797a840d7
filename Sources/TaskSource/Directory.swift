import Glibc
package import SystemPackage

/// Directories of other people's, looked at and never changed. Blocks.
package enum Directory {
    package static func isThere(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The path without symbolic links; nil when nothing is there.
    package static func real(_ path: FilePath) -> FilePath? {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// The names in a directory, without those that begin with a dot, and without those that are not UTF-8; at most so
    /// many.
    ///
    /// - Throws: `Errno`.
    package static func names(in path: FilePath, most: Int) throws(Errno) -> (names: [String], isAll: Bool) {
        guard let stream = path.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard names.count < most else { return (names, false) }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(validating: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, !name.hasPrefix(".") { names.append(name) }
        }
        return (names, true)
    }
}
