import Crypto
import SystemCalls
import SystemPackage

/// The content of a file as it was read: its hash and, where asked for and small enough, its bytes.
struct ContentHash: Sendable {
    var sha256: String
    var bytes: [UInt8]?

    init(of bytes: [UInt8]) {
        sha256 = PathText.hexadecimal(SHA256.hash(data: bytes))
        self.bytes = bytes
    }

    /// Reads a regular file that was seen with `expected`.
    ///
    /// - Parameter keep: Bytes to hold in memory at most; a larger file is only hashed.
    /// - Returns: nil when the file is another one by now, or was written to while it was read.
    init?(
        _ directory: borrowing OwnedDescriptor, _ name: [UInt8], expected: FileStatus, keep: Int
    ) throws(Errno) {
        let file = try Syscalls.openRegular(directory, name)
        var hash = SHA256()
        var kept: [UInt8]? = expected.size <= keep ? [] : nil
        var total = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(1 << 17, max(4096, expected.size)), alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try Syscalls.read(file, into: buffer)
            if count == 0 { break }
            total += count
            // A file that grows while it is read would otherwise be read for ever.
            if total > expected.size { return nil }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hash.update(bufferPointer: piece)
            kept?.append(contentsOf: piece)
        }
        guard total == expected.size, try Syscalls.status(file).isSame(as: expected) else { return nil }
        sha256 = PathText.hexadecimal(hash.finalize())
        bytes = kept
    }
}
