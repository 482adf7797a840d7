import FoundationEssentials
import Glibc
package import SystemPackage

/// A new directory of one test, removed with everything in it when the value goes.
package final class TemporaryDirectory: Sendable {
    /// Without symbolic links.
    package let path: FilePath

    package init() throws {
        var template = Array("/tmp/openloom-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template), let real = realpath(made, nil) else { throw Errno(rawValue: errno) }
        defer { free(real) }
        path = FilePath(String(cString: real))
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }
}
