import ArgumentParser
import Console
import Glibc
import Spool
import SystemPackage

extension ColorChoice: ExpressibleByArgument {}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The spool's directory. (default: OPENLOOM_SPOOL, the configuration's spool.path, ~/.openloom/spool)",
            valueName: "directory"),
        completion: .directory)
    var spool: String?

    @Option(
        help: ArgumentHelp(
            "The configuration file. (default: OPENLOOM_CONFIG, ~/.openloom/config.yaml)", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Use colours: auto (on a terminal, unless NO_COLOR is set), always or never.", valueName: "when"))
    var color = ColorChoice.auto

    @Flag(name: .shortAndLong, help: "Say more about what is done, on standard error.")
    var verbose = false

    /// Opens the spool that the options, the environment or the configuration name.
    func openSpool() throws -> SpoolDirectory {
        let path = try spoolPath()
        if verbose { Complaint.note("the spool is \(path)") }
        return try SpoolDirectory(opening: path)
    }

    var terminal: Terminal { Terminal(color, environment: Self.environment) }

    var viewSettings: ViewSettings {
        let options = [
            spool.map { "--spool \(ShellWord.quoted(Self.absolute($0).string))" },
            spool == nil ? config.map { "--config \(ShellWord.quoted(Self.absolute($0).string))" } : nil,
        ]
        return ViewSettings(
            home: Self.environment["HOME"], commandOptions: options.compactMap { $0 }.joined(separator: " "))
    }

    /// For output of this moment.
    func context(_ terminal: Terminal) -> RenderContext { viewSettings.context(width: terminal.size.columns) }

    /// Says so if no daemon will do what was asked for.
    func warnWithoutDaemon(_ spool: SpoolDirectory, _ consequence: String) {
        if DaemonPresence.running(on: spool).isEmpty {
            let command = viewSettings.context(width: 80).command("serve")
            Complaint.note("no daemon seems to run; \(consequence) until one is started: \(command)")
        }
    }

    static var home: FilePath {
        let value = environment["HOME", default: ""]
        if value.hasPrefix("/") { return FilePath(value) }
        guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return "/" }
        return FilePath(String(cString: home))
    }

    /// A path of the command line, seen from the working directory.
    static func absolute(_ text: String) -> FilePath {
        let path = FilePath(text)
        guard !path.isAbsolute, let directory = getcwd(nil, 0) else { return path.lexicallyNormalized() }
        defer { free(directory) }
        return FilePath(String(cString: directory)).appending(path.components).lexicallyNormalized()
    }

    static let environment: [String: String] = {
        var result: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return result
    }()
}
