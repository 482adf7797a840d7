import Glibc
import SystemPackage

/// One inotify instance.
struct InotifyKernel: WatchKernel {
    private let inotify: Int32

    init() throws(Errno) {
        inotify = try Syscalls.inotifyInit()
    }

    var descriptor: Int32? { inotify }

    func add(_ directory: FilePath) throws(Errno) -> Int32 {
        try Syscalls.inotifyAddWatch(inotify, directory, mask: InotifyEvent.mask)
    }

    func remove(_ watch: Int32) {
        // EINVAL: the kernel ended it before we did.
        try? Syscalls.inotifyRemoveWatch(inotify, watch)
    }

    func live() -> Set<Int32>? {
        guard let text = try? Self.contents(of: FilePath("/proc/self/fdinfo/\(inotify)")) else { return nil }
        return Self.watches(inFDInfo: text)
    }

    func events() throws(Errno) -> [InotifyEvent] {
        let result = withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 8) { buffer in
            Result { () throws(Errno) in
                let count = try Syscalls.read(inotify, into: buffer)
                return InotifyEvent.parse(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
            }
        }
        do {
            return try result.get()
        } catch .resourceTemporarilyUnavailable {
            return []
        }
    }

    func close() {
        Syscalls.close(inotify)
    }

    /// The numbers in lines such as `inotify wd:1f ino:2 sdev:800013 mask:3c8`; they are hexadecimal.
    static func watches(inFDInfo text: String) -> Set<Int32> {
        let label = "inotify wd:"
        return Set(
            text.split(separator: "\n").compactMap { line in
                guard line.hasPrefix(label) else { return nil }
                return Int32(line.dropFirst(label.count).prefix { $0 != " " }, radix: 16)
            })
    }

    private static func contents(of path: FilePath) throws(Errno) -> String {
        let file = try Syscalls.open(path)
        defer { Syscalls.close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let result = chunk.withUnsafeMutableBytes { buffer in
                Result { () throws(Errno) in try Syscalls.read(file, into: buffer) }
            }
            let count = try result.get()
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk.prefix(count)
        }
    }
}
