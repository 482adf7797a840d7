import Glibc
import SystemPackage

enum ProcessNumber {
    static var own: Int32 { getpid() }
}

/// A file with a mode of its own.
enum PrivateText {
    static func write(_ text: String, to path: FilePath, mode: CModeT = 0o600) throws {
        let descriptor = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: FilePermissions(rawValue: mode))
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
        guard path.withPlatformString({ chmod($0, mode) }) == 0 else { throw Errno(rawValue: errno) }
    }
}
