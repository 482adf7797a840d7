import Glibc
import SystemPackage

/// A directory's path, at whose end names are put one after the other without making a path of each: for one list a
/// thousand of them are looked at.
struct PathBytes {
    private var bytes: [CChar]
    private let length: Int

    init(_ directory: FilePath) {
        bytes = directory.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) }
        length = bytes.count - 1
    }

    /// Of the directory itself; nil when nothing is there.
    mutating func status() throws(SpoolError) -> stat? {
        bytes.removeLast(bytes.count - length)
        bytes.append(0)
        return try look()
    }

    /// Of an entry of the directory; nil when nothing is there.
    mutating func status(of name: String) throws(SpoolError) -> stat? {
        bytes.removeLast(bytes.count - length)
        bytes.append(CChar(bitPattern: UInt8(ascii: "/")))
        for byte in name.utf8 { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
        return try look()
    }

    private func look() throws(SpoolError) -> stat? {
        var status = stat()
        if lstat(bytes, &status) == 0 { return status }
        let code = Errno(rawValue: errno)
        if code == .noSuchFileOrDirectory { return nil }
        throw SpoolError(.systemCall, "stat", FilePath(platformString: bytes), errno: code)
    }
}
