import Glibc
import JSON
package import Spool
import SystemPackage

/// A daemon that has left its card in `nodes/`.
package struct DaemonPresence: Sendable, Hashable {
    package var node: String
    package var pid: Int
    package var version: String?
    package var heartbeat: Timestamp

    package init(node: String, pid: Int, version: String? = nil, heartbeat: Timestamp) {
        self.node = node
        self.pid = pid
        self.version = version
        self.heartbeat = heartbeat
    }

    /// A heartbeat that is older, in seconds, is that of a daemon that is gone or hangs. Three times the interval of the
    /// daemon's `Heartbeat`.
    package static let staleAfter = 90.0

    /// The daemons that seem to run: their heartbeat is fresh and, on this machine, their process lives.
    ///
    /// Only a seeming: a machine that is out of reach, or a clock that is wrong, looks the same. Nothing is decided by
    /// it.
    package static func running(on spool: SpoolDirectory, now: Timestamp = .now()) -> [DaemonPresence] {
        let here = NodeIdentity.current()
        let names = (try? spool.entries(of: spool.paths.nodes)) ?? []
        return names.compactMap { name in
            guard name.hasSuffix(".json"), !name.hasPrefix(".") else { return nil }
            let path = spool.paths.nodes.appending(name)
            guard let json = try? spool.readJSON(path, limit: 1 << 20),
                let node = json["node"]?.string, let pid = json["pid"]?.int,
                let heartbeat = json["heartbeat"]?.string.flatMap(Timestamp.init(iso8601:))
            else { return nil }
            let presence = DaemonPresence(
                node: node, pid: pid, version: json["version"]?.string, heartbeat: heartbeat)
            if now.seconds - heartbeat.seconds > staleAfter { return nil }
            let isHere = presence.node == here.node
            if isHere, json["boot_id"]?.string != here.bootID || !isAlive(presence.pid) { return nil }
            return presence
        }
    }

    private static func isAlive(_ pid: Int) -> Bool {
        guard let pid = pid_t(exactly: pid), pid > 0 else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}
