import FoundationEssentials
import Glibc
import Spool
import SystemPackage
import TestSupport

@testable import DaemonConfiguration
@testable import Doctor

/// A home of its own with a spool, and what checks see of it.
struct DoctorWorld {
    let directory: TemporaryDirectory
    let spool: SpoolDirectory
    var scene: DoctorScene

    /// - Parameter yaml: The configuration, besides the place of the spool.
    init(_ yaml: String = "") throws {
        directory = try TemporaryDirectory()
        let home = directory.path
        spool = try SpoolDirectory(initializing: home.appending("spool"))
        let file = home.appending("config.yaml")
        try Self.write("spool: {path: \(spool.root)}\n\(yaml)\n", to: file, mode: 0o600)
        let configuration = try Configuration.load(
            flags: ConfigurationFlags(config: file.string), environment: [:], home: home, workingDirectory: home)
        scene = DoctorScene(
            configuration: configuration, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], home: home)
        // The directory is there for as long as a scene is.
        scene.command = { [directory] words in withExtendedLifetime(directory) { "openloom \(words)" } }
    }

    var home: FilePath { directory.path }

    func removeSpool() throws { try FileManager.default.removeItem(atPath: spool.root.string) }

    static func write(_ text: String, to path: FilePath, mode: mode_t = 0o600) throws {
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path.string))
        chmod(path.string, mode)
    }

    static func makeDirectory(_ path: FilePath, mode: mode_t = 0o700) {
        mkdir(path.string, mode)
        chmod(path.string, mode)
    }

    /// The names in a directory.
    static func names(_ path: FilePath) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []).sorted()
    }
}

extension [DoctorFinding] {
    var levels: [DoctorFinding.Level] { map(\.level) }
    /// All that is said.
    var text: String { map { "\($0.level) \($0.name): \($0.message) → \($0.mend ?? "")" }.joined(separator: "\n") }
    var isGood: Bool { !isEmpty && allSatisfy { $0.level == .good } }
    var hasProblem: Bool { contains { $0.level == .problem } }
}
