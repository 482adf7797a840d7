import Glibc
import SystemPackage

/// `opencode.log`: what the server wrote to its standard output and error.
struct ServerLog: Sendable {
    let path: FilePath
    private static let tailBytes = 4096
    private static let tailLines = 10

    init(in directory: FilePath) { path = directory.appending("opencode.log") }

    /// Opens it for appending, after it has become `opencode.log.1` if it is longer than the limit. Answers its
    /// length too: what comes later is this server's.
    func open(limit: Int) throws(ServerHostError) -> (descriptor: Int32, length: Int) {
        var descriptor = try openToAppend()
        do throws(ServerHostError) {
            var length = Int(try Syscalls.status(descriptor, path).st_size)
            if length > limit {
                Syscalls.close(descriptor)
                descriptor = -1
                try Syscalls.rename(path, FilePath(path.string + ".1"))
                descriptor = try openToAppend()
                length = 0
            }
            let status = try Syscalls.status(descriptor, path)
            guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
                throw .fileRefused(path, reason: "is not a regular file of ours: remove it")
            }
            try Syscalls.call("fchmod", path) { fchmod(descriptor, 0o600) }
            // The child shall wait for a slow disk, not lose what it writes.
            try Syscalls.call("fcntl", path) { fcntl(descriptor, F_SETFL, O_APPEND) }
            return (descriptor, length)
        } catch {
            if descriptor >= 0 { Syscalls.close(descriptor) }
            throw error
        }
    }

    /// The last lines written after `start`, made fit to be shown: few, without control characters and secrets.
    func tail(after start: Int, hiding secrets: [String]) -> [String] {
        guard let descriptor = try? Syscalls.open(path, O_RDONLY) else { return [] }
        defer { Syscalls.close(descriptor) }
        guard let status = try? Syscalls.status(descriptor, path), status.st_mode & S_IFMT == S_IFREG else { return [] }
        let end = Int(status.st_size)
        let from = max(start, end - Self.tailBytes)
        guard from < end, lseek(descriptor, from, SEEK_SET) == from,
            let bytes = try? Syscalls.read(descriptor, limit: Self.tailBytes, path)
        else { return [] }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        // A line whose beginning is missing could hold the end of a secret.
        if from > start { lines = lines.dropFirst() }
        return lines.filter { !$0.isEmpty }.suffix(Self.tailLines).map { line in
            var text = String(decoding: line, as: UTF8.self)
            for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "…") }
            return String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        }
    }

    private func openToAppend() throws(ServerHostError) -> Int32 {
        try Syscalls.moveUp(Syscalls.open(path, O_WRONLY | O_APPEND | O_CREAT))
    }
}
