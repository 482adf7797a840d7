import CLinux
import Glibc
import SystemPackage

/// The system calls that the spool is made of. Each retries EINTR and reads `errno` before anything can change it.
enum Syscalls {
    /// Runs a call that answers -1 on failure.
    @discardableResult
    static func call<Value: SignedInteger>(
        _ operation: String, _ path: FilePath, _ body: () -> Value
    ) throws(SpoolError) -> Value {
        while true {
            let value = body()
            if value != -1 { return value }
            let code = Errno(rawValue: errno)
            if code == .interrupted { continue }
            throw SpoolError(code == .noSuchFileOrDirectory ? .taskNotFound : .systemCall, operation, path, errno: code)
        }
    }

    static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o600) throws(SpoolError) -> Int32 {
        try call("open", path) { path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) } }
    }

    static func makeDirectory(_ path: FilePath, mode: mode_t = 0o700) throws(SpoolError) {
        try call("mkdir", path) { path.withPlatformString { mkdir($0, mode) } }
    }

    /// Makes the directory unless it is there.
    static func ensureDirectory(_ path: FilePath) throws(SpoolError) {
        do {
            try makeDirectory(path)
        } catch  where error.errno == .fileExists {
            return
        }
    }

    static func unlink(_ path: FilePath) throws(SpoolError) {
        try call("unlink", path) { path.withPlatformString { Glibc.unlink($0) } }
    }

    static func removeDirectory(_ path: FilePath) throws(SpoolError) {
        try call("rmdir", path) { path.withPlatformString { rmdir($0) } }
    }

    /// rename(2): replaces a file that is at the destination. For files of ours only, never for tasks.
    static func replace(_ from: FilePath, _ to: FilePath) throws(SpoolError) {
        try call("rename", from) {
            from.withPlatformString { from in to.withPlatformString { to in Glibc.rename(from, to) } }
        }
    }

    /// Renames without ever replacing: rename(2) of a directory onto an empty one would silently hide a task.
    ///
    /// Filesystems that do not know the flag (EINVAL: GlusterFS, some NFS) get a look and then a plain rename; two
    /// movers may meet there, and the loser's ENOENT, EEXIST or ENOTEMPTY is an ordinary answer.
    static func move(_ from: FilePath, _ to: FilePath) throws(SpoolError) {
        do {
            try call("rename", from) {
                from.withPlatformString { from in
                    to.withPlatformString { to in
                        Int(clinux_renameat2(AT_FDCWD, from, AT_FDCWD, to, UInt32(CLINUX_RENAME_NOREPLACE)))
                    }
                }
            }
        } catch {
            switch error.errno {
            case .fileExists, .directoryNotEmpty: throw SpoolError(.taskExists, "rename", to, errno: error.errno)
            case .invalidArgument:
                if exists(to) { throw SpoolError(.taskExists, "rename", to, errno: .fileExists) }
                try replace(from, to)
            default: throw error
            }
        }
    }

    static func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0
    }

    /// Nil when nothing is there.
    static func status(_ path: FilePath) throws(SpoolError) -> stat? {
        var status = stat()
        do {
            try call("stat", path) { path.withPlatformString { lstat($0, &status) } }
            return status
        } catch  where error.code == .taskNotFound {
            return nil
        }
    }

    static func isDirectory(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func writeAll(_ descriptor: Int32, _ bytes: some Collection<UInt8>, path: FilePath) throws(SpoolError) {
        let all = ContiguousArray(bytes)
        var offset = 0
        while offset < all.count {
            offset += try call("write", path) {
                all.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            }
        }
    }

    static func sync(_ descriptor: Int32, path: FilePath) throws(SpoolError) {
        try call("fsync", path) { fsync(descriptor) }
    }

    /// Makes a file's content survive a power cut, whoever wrote it.
    static func syncFile(_ path: FilePath) throws(SpoolError) {
        let descriptor = try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// Makes what was created in, renamed into or removed from a directory survive a power cut.
    static func syncDirectory(_ path: FilePath) throws(SpoolError) {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// The names in a directory, without `.` and `..`, in no order. Names that are not UTF-8 are left out: none of
    /// ours is, and a strange name is not ours to touch.
    ///
    /// - Parameter followsLink: Whether `path` may be a link to a directory; if not, that is the error `notDirectory`.
    static func names(in path: FilePath, followsLink: Bool = true) throws(SpoolError) -> [String] {
        if !followsLink, let status = try status(path), status.st_mode & S_IFMT != S_IFDIR {
            throw SpoolError(.systemCall, "opendir", path, errno: .notDirectory)
        }
        var names: [String] = []
        try eachEntry(in: path) { raw, _ in
            if let name = String(validating: raw, as: UTF8.self) { names.append(name) }
        }
        return names
    }

    /// What is in a directory, without `.` and `..`, in no order: its subdirectories, and everything else: files, links,
    /// and names that are not UTF-8, which are shown with what can be read of them.
    static func subdirectories(of path: FilePath) throws(SpoolError) -> (names: [String], others: [String]) {
        var result: (names: [String], others: [String]) = ([], [])
        try eachEntry(in: path) { raw, type in
            guard let name = String(validating: raw, as: UTF8.self) else {
                result.others.append(String(decoding: raw, as: UTF8.self))
                return
            }
            if isDirectory(type, name, in: path) { result.names.append(name) } else { result.others.append(name) }
        }
        return result
    }

    /// Hands on the bytes of the names of a directory's subdirectories, those in UTF-8, in no order.
    static func eachSubdirectory(
        of path: FilePath, _ body: (Slice<UnsafeRawBufferPointer>) -> Void
    ) throws(SpoolError) {
        try eachEntry(in: path) { raw, type in
            guard type == DT_DIR || type == DT_UNKNOWN, let name = String(validating: raw, as: UTF8.self) else {
                return
            }
            if isDirectory(type, name, in: path) { body(raw) }
        }
    }

    /// Not every filesystem tells the kind along with the name.
    private static func isDirectory(_ type: Int, _ name: String, in path: FilePath) -> Bool {
        type == DT_UNKNOWN ? isDirectory(path.appending(name)) : type == DT_DIR
    }

    /// The paths of everything in a directory, whatever its name.
    private static func children(of path: FilePath) throws(SpoolError) -> [FilePath] {
        var children: [FilePath] = []
        try eachEntry(in: path) { raw, _ in
            let name = raw.map { CChar(bitPattern: $0) } + [0]
            if let component = FilePath.Component(platformString: name) { children.append(path.appending(component)) }
        }
        return children
    }

    /// Hands on the bytes of each name but `.` and `..`, with the entry's kind (`DT_DIR` and so on).
    static func eachEntry(
        in path: FilePath, _ body: (Slice<UnsafeRawBufferPointer>, Int) -> Void
    ) throws(SpoolError) {
        guard let stream = path.withPlatformString({ opendir($0) }) else {
            let code = Errno(rawValue: errno)
            throw SpoolError(code == .noSuchFileOrDirectory ? .taskNotFound : .systemCall, "opendir", path, errno: code)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SpoolError(.systemCall, "readdir", path, errno: Errno(rawValue: errno)) }
                return
            }
            let type = Int(entry.pointee.d_type)
            withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                let name = raw.prefix { $0 != 0 }
                if !name.elementsEqual([0x2E]), !name.elementsEqual([0x2E, 0x2E]) { body(name, type) }
            }
        }
    }

    /// Opens a file for reading, without following a link and without waiting, so that a FIFO or a link put in our way
    /// is an error, not a daemon that hangs.
    static func openRegular(_ path: FilePath) throws(SpoolError) -> Int32 { try openSized(path).descriptor }

    /// The same, with the size that it has at this moment, in bytes.
    static func openSized(_ path: FilePath) throws(SpoolError) -> (descriptor: Int32, size: Int) {
        let descriptor: Int32
        do {
            descriptor = try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch  where error.errno == .tooManySymbolicLinkLevels {
            throw SpoolError(.damaged, "read", path, errno: error.errno, advice: "it should be a file, and is a link")
        }
        do throws(SpoolError) {
            var status = stat()
            try call("fstat", path) { fstat(descriptor, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SpoolError(.damaged, "read", path, advice: "it should be a regular file")
            }
            return (descriptor, max(0, Int(status.st_size)))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// A regular file's content, at most `limit` bytes; nil when it is not there.
    static func read(_ path: FilePath, limit: Int) throws(SpoolError) -> [UInt8]? {
        let (descriptor, size): (Int32, Int)
        do {
            (descriptor, size) = try openSized(path)
        } catch  where error.code == .taskNotFound {
            return nil
        }
        defer { close(descriptor) }
        let tooLarge = "it is larger than \(limit) bytes"
        guard size <= limit else { throw SpoolError(.damaged, "read", path, advice: tooLarge) }
        var bytes: [UInt8] = []
        // Room for one more: a piece that leaves some of it empty was the last.
        var room = size + 1
        while true {
            let piece = try readPiece(descriptor, room, path)
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
            guard bytes.count <= limit else { throw SpoolError(.damaged, "read", path, advice: tooLarge) }
            if piece.count < room { return bytes }
            room = 64 << 10
        }
    }

    private static func readPiece(_ descriptor: Int32, _ room: Int, _ path: FilePath) throws(SpoolError) -> [UInt8] {
        var code: Errno?
        let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
            do throws(SpoolError) {
                filled = try call("read", path) { Glibc.read(descriptor, buffer.baseAddress, room) }
            } catch {
                code = error.errno
            }
        }
        if let code { throw SpoolError(.systemCall, "read", path, errno: code) }
        return piece
    }

    /// Removes a file, or a directory with everything in it, without following links. What is gone already is fine.
    static func removeTree(_ path: FilePath) throws(SpoolError) {
        guard let status = try status(path) else { return }
        do {
            if status.st_mode & S_IFMT == S_IFDIR {
                for child in try children(of: path) { try removeTree(child) }
                try removeDirectory(path)
            } else {
                try unlink(path)
            }
        } catch  where error.code == .taskNotFound {
            return
        }
    }
}
