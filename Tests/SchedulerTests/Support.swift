import Glibc
import Spool
import SystemPackage

/// A directory that is gone when the test is.
final class TemporaryDirectory {
    /// Without symbolic links.
    let path: FilePath

    init() throws {
        var template = Array("/tmp/openloom-scheduler-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template), let real = realpath(made, nil) else { throw Errno(rawValue: errno) }
        defer { free(real) }
        path = FilePath(String(cString: real))
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: FilePath) {
        if Glibc.unlink(path.string) == 0 { return }
        guard let stream = opendir(path.string) else { return }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        closedir(stream)
        for name in names { remove(path.appending(name)) }
        rmdir(path.string)
    }
}
