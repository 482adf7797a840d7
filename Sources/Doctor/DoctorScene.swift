import Blocking
import Console
package import DaemonConfiguration
import Glibc
import Spool
package import SystemPackage

/// What checks look at. Nothing of it is changed by them, but for their own probes.
package struct DoctorScene: Sendable {
    package var configuration: Configuration
    package var environment: [String: String]
    package var home: FilePath
    /// Whether a file of our own is put into connectors' storage, moved there and deleted.
    package var writesToConnectors = false
    /// Whether each endpoint is sent a webhook that tells of a task that does not exist.
    package var sendsTestEvents = false
    /// Whose files ours should be.
    package var user: UInt32 = geteuid()
    /// Where the kernel tells of itself.
    package var proc: FilePath = "/proc"
    /// A command of ours as a person has to type it to mean the same spool and configuration.
    package var command: @Sendable (String) -> String = { "openloom \($0)" }

    package init(configuration: Configuration, environment: [String: String], home: FilePath) {
        self.configuration = configuration
        self.environment = environment
        self.home = home
    }

    /// The spool, if there is one. ``SpoolCheck`` says why not. Blocks.
    var spool: SpoolDirectory? { try? SpoolDirectory(opening: configuration.spool.path) }

    /// The daemon that works on the spool on this machine, if one seems to. Blocks.
    var daemonHere: DaemonPresence? {
        let here = NodeIdentity.current().node
        return spool.flatMap { spool in DaemonPresence.running(on: spool).first { $0.node == here } }
    }

    /// A small file that the kernel makes, such as `sys/fs/inotify/max_user_watches`; nil if it can't be read. Blocks.
    func kernelText(_ name: String) -> String? {
        let limit = 1 << 16
        guard
            let file = try? FileDescriptor.open(proc.appending(name), .readOnly, options: [.closeOnExec, .nonBlocking])
        else { return nil }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: limit)
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The first number in such a file.
    func kernelNumber(_ name: String) -> Int? {
        kernelText(name)?.split { !$0.isNumber }.first.flatMap { Int($0) }
    }
}

/// One thing that `openloom doctor` looks at.
package protocol DoctorCheck: Sendable {
    /// As `--only` takes it, and as the table in docs/doctor.md names it.
    var name: String { get }
    /// How long it may take; it is left behind then.
    var patience: Duration { get }
    /// Looks, and says at least one thing. Never throws: what can't be looked at is a finding.
    func examine(_ scene: DoctorScene) async -> [DoctorFinding]
}

extension DoctorCheck {
    package var patience: Duration { .seconds(20) }

    func good(_ message: String) -> DoctorFinding { DoctorFinding(name, .good, message) }
    func skipped(_ why: String) -> DoctorFinding { DoctorFinding(name, .skipped, why) }
    func warning(_ message: String, mend: String? = nil) -> DoctorFinding {
        DoctorFinding(name, .warning, message, mend: mend)
    }
    func problem(_ message: String, mend: String? = nil) -> DoctorFinding {
        DoctorFinding(name, .problem, message, mend: mend)
    }
}

/// A check that blocks in the kernel, perhaps for good (a network filesystem whose server is gone): it has a thread of
/// its own.
protocol BlockingCheck: DoctorCheck {
    func look(_ scene: DoctorScene) -> [DoctorFinding]
}

extension BlockingCheck {
    package func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        await BlockingThread.run { look(scene) }
    }
}

/// A check of what lies in a spool that is there.
protocol SpoolContentCheck: BlockingCheck {
    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding]
}

extension SpoolContentCheck {
    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        guard let spool = scene.spool else { return [skipped("there is no spool to look at")] }
        return look(scene, spool)
    }
}
