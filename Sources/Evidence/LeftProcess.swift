import Glibc
package import JSON
import SystemPackage

/// A process that was started after the baseline and still works in the workspace: what it writes later is not in the
/// evidence.
package struct LeftProcess: Sendable, Hashable {
    package var id: Int
    /// The program's name, as the kernel keeps it.
    package var name: String

    package var json: JSONValue { ["pid": .int(id), "name": .string(name)] }

    /// More are not listed.
    private static let limit = 50

    /// Looks through `/proc`; other users' processes can't be seen, unless we are root.
    ///
    /// - Parameters:
    ///   - workspace: A real path.
    ///   - begun: When the baseline was begun, in nanoseconds since 1970.
    static func list(in workspace: FilePath, since begun: Int) -> [LeftProcess] {
        guard let directory = try? Syscalls.open("/proc", O_RDONLY | O_DIRECTORY),
            let names = try? Syscalls.names(directory, limit: 100_000)
        else { return [] }
        // Processes know when they were started by a clock that began when the machine did.
        let booted = WallClock.nanoseconds() - WallClock.bootNanoseconds()
        var found: [LeftProcess] = []
        for name in names where found.count < limit {
            guard let id = Int(PathText.shown(name)), id != getpid(),
                let working = try? Syscalls.linkTarget(directory, name + Array("/cwd".utf8)),
                PathText.path(working).starts(with: workspace),
                let bytes = try? EvidenceFiles.read(FilePath("/proc/\(id)/stat"), limit: 4096), let stat = Stat(bytes),
                stat.state != "Z", booted + stat.started >= begun - 20_000_000
            else { continue }
            found.append(LeftProcess(id: id, name: stat.name))
        }
        return found.sorted { $0.id < $1.id }
    }

    /// `/proc/PID/stat`: `PID (NAME) STATE …`; the name may hold anything, the last parenthesis ends it.
    private struct Stat {
        var name: String
        var state: Substring
        /// Nanoseconds since the machine began.
        var started: Int

        init?(_ bytes: [UInt8]) {
            guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let end = bytes.lastIndex(of: UInt8(ascii: ")")),
                open < end
            else { return nil }
            name = PathText.shown(bytes[(open + 1)..<end])
            let rest = PathText.shown(bytes[(end + 1)...]).split(separator: " ")
            guard rest.count > 19, let ticks = Int(rest[19]) else { return nil }
            state = rest[0]
            started = ticks * (1_000_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK))))
        }
    }
}
