import Glibc
import JSON
import SystemPackage

/// The directory of a server's files: `server.json`, `server.lock`, `opencode.log`. Nothing else opens them.
struct ServerDirectory: Sendable {
    let path: FilePath
    private static let recordLimit = 64 << 10

    var recordPath: FilePath { path.appending("server.json") }

    /// Makes the directory if absent and wanted, and refuses one that others can write to: they could plant a record
    /// there.
    init(_ path: FilePath, make: Bool = true) throws(ServerHostError) {
        guard path.isAbsolute else { throw .invalidSetting("\(path) must be an absolute path") }
        self.path = path.lexicallyNormalized()
        if make { try Self.make(self.path) }
        let descriptor = try Syscalls.open(self.path, O_RDONLY | O_DIRECTORY)
        defer { Syscalls.close(descriptor) }
        try Self.check(Syscalls.status(descriptor, self.path), self.path, forbidden: 0o022, mend: "chmod 700")
    }

    /// Runs the body while no other host, of this or another process, does. The kernel gives the lock back when its
    /// holder dies; the descriptor may be handed to a child that is to hold it as well.
    func locked<Result>(_ body: (_ lock: Int32) throws(ServerHostError) -> Result) throws(ServerHostError) -> Result {
        let path = path.appending("server.lock")
        let lock = try Syscalls.moveUp(Syscalls.open(path, O_RDWR | O_CREAT))
        defer { Syscalls.close(lock) }
        try Syscalls.call("flock", path) { flock(lock, LOCK_EX) }
        return try body(lock)
    }

    /// The record, nil if there is none. One that is not as we leave it is refused: its password would be sent to
    /// wherever it points.
    func record() throws(ServerHostError) -> ServerRecord? {
        let descriptor: Int32
        do throws(ServerHostError) {
            descriptor = try Syscalls.open(recordPath, O_RDONLY)
        } catch .systemCall(_, _, .noSuchFileOrDirectory) {
            return nil
        } catch .systemCall(_, _, .tooManySymbolicLinkLevels) {
            throw .fileRefused(recordPath, reason: "is a symbolic link: remove it")
        }
        defer { Syscalls.close(descriptor) }
        let status = try Syscalls.status(descriptor, recordPath)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .fileRefused(recordPath, reason: "is not a regular file: remove it")
        }
        try Self.check(status, recordPath, forbidden: 0o077, mend: "end the server that it names and remove it")
        let bytes = try Syscalls.read(descriptor, limit: Self.recordLimit + 1, recordPath)
        guard bytes.count <= Self.recordLimit, let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 4)),
            let record = ServerRecord(json)
        else {
            throw .fileRefused(
                recordPath, reason: "is no record of a server: end the server that it may name and remove it")
        }
        return record
    }

    /// Replaces the record. When this returns it survives a power cut; after a crash it is the old or the new one.
    func write(_ record: ServerRecord) throws(ServerHostError) {
        let temporary = path.appending(".server.json.new")
        do {
            // Only the holder of the lock writes, so a leftover has no owner.
            let descriptor = try Syscalls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            defer { Syscalls.close(descriptor) }
            try Syscalls.call("fchmod", temporary) { fchmod(descriptor, 0o600) }
            try Syscalls.write(descriptor, Array(record.json.pretty.utf8), temporary)
            try Syscalls.sync(descriptor, temporary)
        }
        try Syscalls.rename(temporary, recordPath)
        try Syscalls.syncDirectory(path)
    }

    /// Removes the record if it is still that one.
    func remove(_ record: ServerRecord) throws(ServerHostError) {
        guard try self.record()?.id == record.id else { return }
        try Syscalls.call("unlink", recordPath) { recordPath.withPlatformString { unlink($0) } }
        try Syscalls.syncDirectory(path)
    }

    private static func check(
        _ status: stat, _ path: FilePath, forbidden: mode_t, mend: String
    ) throws(ServerHostError) {
        guard status.st_uid == geteuid() else {
            throw .fileRefused(path, reason: "belongs to another user (\(status.st_uid)): \(mend)")
        }
        guard status.st_mode & forbidden == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .fileRefused(
                path, reason: "has mode \(mode), so that others could have changed it or read it: \(mend)")
        }
    }

    private static func make(_ path: FilePath) throws(ServerHostError) {
        do throws(ServerHostError) {
            try Syscalls.call("mkdir", path) { path.withPlatformString { mkdir($0, 0o700) } }
        } catch .systemCall(_, _, .fileExists) {
            return
        } catch .systemCall(_, _, .noSuchFileOrDirectory) where path.removingLastComponent() != path {
            try make(path.removingLastComponent())
            try make(path)
        }
    }
}
