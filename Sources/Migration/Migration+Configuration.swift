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
        // One that is not there yet will say what 0.17's says, of which it is made.
        var environment = environment
        if !target.isThere {
            flags.config = old.configuration?.string
            environment["OPENLOOM_CONFIG"] = nil
        }
        return try Configuration.load(
            flags: flags, environment: environment, home: home, workingDirectory: workingDirectory
        ).spool.path
    }

    /// Reads the old file as ours, and tells what becomes of each key. Nil if there is none, or if something is wrong.
    mutating func readConfiguration(_ target: Target) throws -> Configuration? {
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
        let moved = target.isThere ? [] : try relative(configuration, file, target)
        for (key, message) in moved { add(.configuration, key, .problem, message) }
        // Connectors have lines of their own.
        let told = Set(moved.map(\.key)).union(["connectors"])
        for entry in configuration.report() where entry.origin != .standard && !told.contains(entry.key) { tell(entry) }
        for entry in configuration.report() where entry.origin == .standard { tellDefault(entry.key) }
        return configuration
    }

    /// Finds what means something else in another directory, by reading a copy in one: paths that start from the file's.
    private func relative(
        _ configuration: Configuration, _ file: FilePath, _ target: Target
    ) throws -> [(key: String, message: String)] {
        guard file.removingLastComponent() != target.path.removingLastComponent() else { return [] }
        let directory = try ScratchDirectory(in: scratch)
        let copy = directory.path.appending("config.yaml")
        defer { unlink(copy.string) }
        guard let bytes = try OutsideFile.read(TaskPlan.real(file), limit: Self.longest),
            try OutsideFile.create(bytes, at: copy, key: "migrate")
        else { throw Self.unreadable(file) }
        let remark =
            "has a path that starts from \(file.removingLastComponent()), and would start from "
            + "\(target.path.removingLastComponent()); write it out before the file is copied there"
        do {
            let moved = try Configuration.load(
                flags: ConfigurationFlags(config: copy.string), environment: environment, home: home,
                workingDirectory: workingDirectory
            ).report()
            return configuration.report().compactMap { entry in
                guard case .file = entry.origin, moved.first(where: { $0.key == entry.key })?.json != entry.json
                else { return nil }
                return (entry.key, "\(entry.origin): \(remark)")
            }
        } catch {
            return error.problems.map { ($0.key ?? file.string, remark) }
        }
    }

    /// A configuration that 0.17 may have read in the directory in which this was started. Whoever has made that directory
    /// may be somebody else, so it is not read unless it is named.
    mutating func tellUnread() {
        guard old.startedIn == nil, let workingDirectory else { return }
        for path in OldHome.nearConfigurations(in: workingDirectory) where OldHome.isFile(path) {
            add(
                .configuration, path.string, .differs,
                "is not read. If OpenLoom 0.17 was started here, and you trust the file, run this again with --started-in ."
            )
        }
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
        guard let bytes = try OutsideFile.read(TaskPlan.real(file), limit: Self.longest) else {
            throw Self.unreadable(file)
        }
        if target.isThere {
            let isCarried = try OutsideFile.read(TaskPlan.real(target.path), limit: Self.longest) == bytes
            // It has been read as ours, and is in order: it may be the copy, which somebody has changed since.
            add(
                .configuration, target.path.string, isCarried ? .present : .differs,
                isCarried
                    ? "is what \(file) is"
                    : "is there already, and is left alone: where \(file) says something else, that is not in force. "
                        + "Compare the two, or name another place with --config")
            return
        }
        if !isDry {
            // At the instant of its rename it is there, whole. Who was faster has it his way.
            guard try OutsideFile.create(bytes, at: target.path, key: "migrate-\(getpid())") else {
                throw MigrationError("somebody has just written \(target.path); run this again")
            }
        }
        add(.configuration, target.path.string, .carried, "is made of \(file)")
    }

    /// Makes the directory of ours, if its file is to be made.
    func makeParents(of target: Target) throws(MigrationError) {
        if old.configuration == nil || target.isThere { return }
        var missing: [FilePath] = []
        var path = target.path.removingLastComponent()
        while !path.isEmpty, !OutsideFile.isThere(path) {
            missing.append(path)
            path = path.removingLastComponent()
        }
        do throws(SpoolError) {
            for path in missing.reversed() { try OutsideFile.ensureDirectory(path) }
        } catch {
            throw MigrationError("can't make \(target.path.removingLastComponent()): \(error)")
        }
    }

    /// Of a configuration file, in bytes: that of the configuration's own.
    private static let longest = 1 << 20

    private static func unreadable(_ file: FilePath) -> MigrationError {
        MigrationError("\(file) is no regular file of at most \(longest >> 20) MiB")
    }
}
