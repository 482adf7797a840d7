import Glibc
import SystemCalls
import SystemPackage

/// The files in a task's `evidence/`, and how they get there: whole, by a temporary name and a rename, mode 0600.
/// Nothing is synced here; whoever sends the prompt, or ends the task, does that before.
struct EvidenceFiles: Sendable {
    static let baseline = "baseline.json"
    static let changes = "changes.json"
    static let patch = "changes.patch"
    static let list = "baseline.list"
    static let content = "baseline.content"
    static let repository = "baseline.git"
    static let patchTrees = "patch.tmp"

    var directory: FilePath

    func path(_ name: String) -> FilePath { directory.appending(name) }

    func exists(_ name: String) -> Bool { (try? Syscalls.status(path(name))) != nil }

    /// Replaces the file at the instant of the rename; before, and after a crash, the old one is whole.
    func write(_ name: String, _ bytes: some Collection<UInt8>) throws(EvidenceError) {
        let temporary = path(".\(name).tmp")
        try Self.write(temporary, bytes)
        do {
            let target = path(name)
            _ = try SystemCall.retry {
                temporary.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
            }
        } catch {
            throw EvidenceError(.systemCall, "rename", temporary, errno: error)
        }
    }

    /// Writes a new file, or anew one that is there.
    static func write(_ path: FilePath, _ bytes: some Collection<UInt8>, mode: mode_t = 0o600) throws(EvidenceError) {
        do {
            let file = try Syscalls.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
            try Syscalls.write(file, bytes)
        } catch {
            throw EvidenceError(.systemCall, "write", path, errno: error)
        }
    }

    /// Reads a file of ours.
    ///
    /// - Parameter limit: Bytes; a larger file is damaged, for we never write one.
    func read(_ name: String, limit: Int) throws(EvidenceError) -> [UInt8] {
        try Self.read(path(name), limit: limit)
    }

    static func read(_ path: FilePath, limit: Int) throws(EvidenceError) -> [UInt8] {
        do {
            let file = try Syscalls.open(path, O_RDONLY | O_NONBLOCK)
            let size = try Syscalls.status(file).size
            guard size <= limit else { throw EvidenceError(.damagedBaseline, "read", path) }
            // Into place: through a buffer, a long list would be copied once more.
            var bytes = try [UInt8](unsafeUninitializedCapacity: size + 1) { all, filled in
                filled = try Syscalls.read(file, into: UnsafeMutableRawBufferPointer(all))
            }
            // More may have come, or may have to be asked for; of what lies in /proc the size is 0.
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { buffer.deallocate() }
            while bytes.count <= limit {
                let count = try Syscalls.read(file, into: buffer)
                if count == 0 { return bytes }
                // Not the buffer's slice, of which each byte would be asked for by itself.
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            throw EvidenceError(.damagedBaseline, "read", path)
        } catch let error as EvidenceError {
            throw error
        } catch let error as Errno {
            throw EvidenceError(.systemCall, "read", path, errno: error)
        } catch {
            throw EvidenceError(.systemCall, "read", path)
        }
    }

    /// Some of a file's bytes; nil where there are not as many.
    static func slice(_ path: FilePath, offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, count >= 0, let file = try? Syscalls.open(path, O_RDONLY | O_NONBLOCK) else { return nil }
        // No more than there is: a damaged list must not make us ask for memory.
        guard let size = try? Syscalls.status(file).size, offset <= size, count <= size - offset else { return nil }
        let number = file.number
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try? SystemCall.retry { pread(number, &bytes, count, offset) }
        return read == count ? bytes : nil
    }

    static func makeDirectory(_ path: FilePath) throws(EvidenceError) {
        do {
            _ = try SystemCall.retry { path.withPlatformString { mkdir($0, 0o700) } }
        } catch {
            if error == .fileExists { return }
            throw EvidenceError(.systemCall, "mkdir", path, errno: error)
        }
    }

    /// Copies a file, with its time of modification: git tells by the index's whether to trust a file's own.
    static func copy(_ from: FilePath, to target: FilePath) throws(Errno) {
        let source = try Syscalls.open(from, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try Syscalls.status(source).isRegular else { throw .invalidArgument }
        let destination = try Syscalls.open(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try Syscalls.read(source, into: buffer)
            if count == 0 { break }
            try Syscalls.write(destination, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        let status = try Syscalls.status(source)
        let time = timespec(tv_sec: status.modified / 1_000_000_000, tv_nsec: status.modified % 1_000_000_000)
        let times = [time, time]
        let number = destination.number
        _ = try SystemCall.retry { futimens(number, times) }
    }

    /// Removes a file or a tree of ours, if it is there. Symbolic links are removed, not followed.
    func remove(_ name: String) throws(EvidenceError) {
        do {
            let parent = try Syscalls.open(directory, O_RDONLY | O_DIRECTORY)
            try Self.remove(parent, Array(name.utf8))
        } catch {
            if error == .noSuchFileOrDirectory { return }
            throw EvidenceError(.systemCall, "remove", path(name), errno: error)
        }
    }

    private static func remove(_ parent: borrowing OwnedDescriptor, _ name: [UInt8]) throws(Errno) {
        let number = parent.number
        let path = PathText.path(name)
        var flags: Int32 = 0
        if try Syscalls.status(parent, name).kind == .directory {
            let directory = try Syscalls.openDirectory(parent, name)
            // Read anew until it is empty: a directory may hold more than one read of it returns.
            while case let names = try Syscalls.names(directory, limit: 10_000), !names.isEmpty {
                for inner in names { try remove(directory, inner) }
            }
            flags = AT_REMOVEDIR
        }
        _ = try SystemCall.retry { path.withPlatformString { unlinkat(number, $0, flags) } }
    }
}
