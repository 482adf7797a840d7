import Glibc
import SystemPackage

/// What /proc says of the processes of our user.
enum ProcessTable {
    struct Entry: Hashable {
        var identity: ProcessIdentity
        var group: Int32
        var session: Int32
        /// A dead one, too, has an entry until its parent has looked at it.
        var isAlive: Bool
    }

    /// Tells this boot from all others.
    static var bootID: String {
        String(decoding: Syscalls.kernelFile("/proc/sys/kernel/random/boot_id", limit: 64) ?? [], as: UTF8.self)
            .filter { !$0.isWhitespace }
    }

    static func entry(_ pid: Int32) -> Entry? {
        guard let bytes = Syscalls.kernelFile("/proc/\(pid)/stat", limit: 4096),
            // The name is in parentheses and may hold any byte; nothing after it does.
            let name = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // state ppid pgrp session … starttime: fields 3 to 6, and 22, of proc(5).
        let fields = bytes[(name + 1)...].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count > 19, let group = Int32(fields[2]), let session = Int32(fields[3]),
            let started = UInt64(fields[19])
        else { return nil }
        return Entry(
            identity: ProcessIdentity(pid: pid, started: started), group: group, session: session,
            isAlive: fields[0] != "Z" && fields[0] != "X")
    }

    /// Whether that very process lives, and belongs to our user.
    static func isAlive(_ identity: ProcessIdentity) -> Bool {
        guard isOurUsers(identity.pid), let entry = entry(identity.pid) else { return false }
        return entry.isAlive && entry.identity == identity
    }

    /// The server that was started for the record but never written into it: it leads a session, and both its
    /// environment and its arguments are those that we gave it.
    static func unrecordedServer(of record: ServerRecord) -> ProcessIdentity? {
        let arguments = ["serve", "--port", String(record.port)]
        return marked(record.id) { $0.session == $0.identity.pid }
            .first { hasArguments($0.pid, arguments) }
    }

    /// The living members of the process group that the server led: itself, and what it started and did not send away.
    static func group(_ group: Int32, of record: ServerRecord) -> [ProcessIdentity] {
        // Nobody in a later group of the same number has the marker.
        marked(record.id) { $0.group == group }
    }

    private static func marked(_ id: String, where isWanted: (Entry) -> Bool) -> [ProcessIdentity] {
        let marker = Array("\(ServerEnvironment.marker)=\(id)".utf8)
        return pids().compactMap { pid in
            guard isOurUsers(pid), let entry = entry(pid), entry.isAlive, isWanted(entry),
                let environment = Syscalls.kernelFile("/proc/\(pid)/environ", limit: 8 << 20),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(marker) })
            else { return nil }
            return entry.identity
        }
    }

    private static func hasArguments(_ pid: Int32, _ wanted: [String]) -> Bool {
        guard let bytes = Syscalls.kernelFile("/proc/\(pid)/cmdline", limit: 1 << 20) else { return false }
        let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        return arguments.indices.contains { arguments[$0...].starts(with: wanted) }
    }

    private static func isOurUsers(_ pid: Int32) -> Bool {
        var status = stat()
        return stat("/proc/\(pid)", &status) == 0 && status.st_uid == geteuid()
    }

    private static func pids() -> [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var pids: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let pid = Int32(name) { pids.append(pid) }
        }
        return pids
    }
}
