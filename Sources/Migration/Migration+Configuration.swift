import DaemonConfiguration
import Glibc
import JSON
import Spool
import SystemPackage

extension Migration {
    /// The file that configures openloom, be it there or not.
    struct Target {
        var path: FilePath
        var isThere: Bool
        /// Whether OpenLoom 0.17 reads the same one.
        var isOld: Bool
    }

    /// 0.17's port, which its clients know.
    private static let oldPort = 55413

    func targetConfiguration() throws -> Target {
        let named = flags.config ?? environment["OPENLOOM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let directory = home.appending(".openloom")
        var candidates = ["config.yaml", "config.yml"].map { directory.appending($0) }
        if let named {
            let path = FilePath(named)
            candidates = [path.isAbsolute ? path : (workingDirectory ?? "/").pushing(path)]
        }
        let path = candidates.first(where: OldHome.isFile)
        let isOld = path.flatMap { ours in old.configuration.map { Self.isSame(ours, $0) } } ?? false
        return Target(path: path ?? candidates[0], isThere: path != nil, isOld: isOld)
    }

    private static func isSame(_ left: FilePath, _ right: FilePath) -> Bool {
        var (one, other) = (Glibc.stat(), Glibc.stat())
        return stat(left.string, &one) == 0 && stat(right.string, &other) == 0 && one.st_ino == other.st_ino
            && one.st_dev == other.st_dev
    }

    func spoolPath(_ target: Target) throws -> FilePath {
        var flags = flags
        // One that is not there yet says nothing; one that was named must not be missed.
        var environment = environment
        if !target.isThere {
            flags.config = nil
            environment["OPENLOOM_CONFIG"] = nil
        }
        return try Configuration.load(
            flags: flags, environment: environment, home: home, workingDirectory: workingDirectory
        ).spool.path
    }

    /// Reads the old file as ours, and tells what becomes of each key. Nil if there is none, or if something is wrong.
    mutating func readConfiguration(_ target: Target) -> Configuration? {
        guard let file = old.configuration else {
            add(.configuration, "no file", .differs, "0.17 has its defaults: \(Self.portRemark)")
            return nil
        }
        let configuration: Configuration
        do {
            configuration = try Configuration.load(
                flags: ConfigurationFlags(config: file.string), environment: environment, home: home,
                workingDirectory: workingDirectory)
        } catch {
            for problem in error.problems {
                add(.configuration, problem.key ?? file.string, .problem, "\(problem.origin): \(problem.message)")
            }
            return nil
        }
        // Connectors have lines of their own.
        for entry in configuration.report() where entry.origin != .standard && entry.key != "connectors" { tell(entry) }
        for entry in configuration.report() where entry.origin == .standard { tellDefault(entry.key) }
        return configuration
    }

    func databaseName(_ configuration: Configuration?) -> String? {
        configuration?.report().first { $0.key == "database" }?.json.string
            ?? environment["OPENLOOM_DATABASE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private mutating func tell(_ entry: ConfigurationEntry) {
        let prefix = "written as "
        let notes = (entry.note ?? "").split(separator: "; ").map(String.init)
        let written = notes.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
        let name = written.map(String.init) ?? entry.key
        let others = notes.filter { !$0.hasPrefix(prefix) }.joined(separator: "; ")
        if others.hasPrefix("has no ") {
            add(.configuration, name, .differs, "\(entry.origin): \(others); it may stay")
        } else {
            let told = written == nil ? "works unchanged" : "works unchanged; its name here is \(entry.key)"
            add(
                .configuration, name, .works,
                "\(entry.origin): \(told)" + (others.isEmpty ? "" : "; \(others)"))
        }
    }

    private static let portRemark =
        "0.17 listens on \(oldPort), openloom on 8967; for clients that know the old one set ui.port: \(oldPort)"

    private mutating func tellDefault(_ key: String) {
        switch key {
        case "server.port": add(.configuration, "ui.port", .differs, "is not set: \(Self.portRemark)")
        case "harness.permissions":
            add(
                .configuration, "harness.auto_accept_permissions", .differs,
                "is not set: openloom accepts all but external_directory and doom_loop, and asks for these; "
                    + "auto_accept_permissions: true accepts them as well, as 0.17 does")
        default: break
        }
    }

    /// Puts the old file in the place of ours, as it is, if nothing is there.
    mutating func carryConfiguration(_ target: Target) throws {
        guard let file = old.configuration, !target.isOld else { return }
        let limit = 1 << 20
        guard let bytes = try OutsideFile.read(file, limit: limit) else {
            throw MigrationError("\(file) is no regular file of at most \(limit >> 20) MiB")
        }
        if target.isThere {
            let isCarried = try OutsideFile.read(target.path, limit: limit) == bytes
            add(
                .configuration, target.path.string, isCarried ? .present : .problem,
                isCarried
                    ? "is what \(file) is"
                    : "is there already, and is left alone: what \(file) says is not in force. Compare the two, or "
                        + "name another place with --config")
            return
        }
        if !isDry {
            mkdir(target.path.removingLastComponent().string, 0o700)
            // At the instant of its rename it is there, whole. Who was faster has it his way.
            guard try OutsideFile.create(bytes, at: target.path, key: "migrate-\(getpid())") else {
                throw MigrationError("somebody has just written \(target.path); run this again")
            }
        }
        add(.configuration, target.path.string, .carried, "is made of \(file)")
    }
}
