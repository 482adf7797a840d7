import Glibc
import SystemPackage

/// A directory's path, at whose end names are put one after the other without making a path of each: for one list a
/// thousand of them are looked at.
struct PathBytes {
    private var bytes: [CChar]
    private let length: Int
    /// Where the path begins; nil if it is absolute.
    private let base: OpenDirectory?

    init(_ directory: FilePath) {
        base = nil
        bytes = directory.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) }
        length = bytes.count - 1
    }

    /// A subdirectory of one that is open: the kernel need not walk the whole way each time.
    init(_ name: some Collection<UInt8>, in base: OpenDirectory) {
        self.base = base
        length = name.count
        // For the longest name that follows, too.
        bytes = [CChar](unsafeUninitializedCapacity: length + 32) { buffer, count in
            count = UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, from: name).1.count
        }
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
        bytes.append(contentsOf: name.utf8.lazy.map { CChar(bitPattern: $0) })
        bytes.append(0)
        return try look()
    }

    private func look() throws(SpoolError) -> stat? {
        var status = stat()
        if fstatat(base?.descriptor ?? AT_FDCWD, bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        let code = Errno(rawValue: errno)
        if code == .noSuchFileOrDirectory || code == .notDirectory { return nil }
        let path = FilePath(platformString: bytes)
        throw SpoolError(.systemCall, "stat", base.map { $0.path.pushing(path) } ?? path, errno: code)
    }
}
