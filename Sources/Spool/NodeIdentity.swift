import Glibc
package import JSON
import SystemPackage

/// Which daemon it is: written into `owner` of each running task and into `nodes/NODE.json`.
package struct NodeIdentity: Sendable, Hashable {
    /// The host's name, as a spool name.
    package var node: String
    package var pid: Int
    /// Changes with each start of the machine; without it a pid says nothing.
    package var bootID: String

    package init(node: String, pid: Int, bootID: String) {
        self.node = node
        self.pid = pid
        self.bootID = bootID
    }

    /// This process.
    package static func current() -> NodeIdentity {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let host = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let boot = (try? Syscalls.read("/proc/sys/kernel/random/boot_id", limit: 4096)).flatMap { $0 } ?? []
        return NodeIdentity(
            node: TaskID(host)?.rawValue ?? "localhost",
            pid: Int(getpid()),
            bootID: String(decoding: boot, as: UTF8.self).filter { !$0.isWhitespace }
        )
    }

    package var json: JSONValue {
        ["node": .string(node), "pid": .int(pid), "boot_id": .string(bootID), "generation": 1]
    }
}
