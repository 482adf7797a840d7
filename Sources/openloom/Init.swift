import ArgumentParser
import Console
import DaemonConfiguration
import Glibc
import Spool
import SystemPackage

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a spool, and a configuration file to start from.",
        discussion: """
            The spool's directory must be absent, empty, or a spool already; nothing that is there is changed. The \
            configuration file, in which everything is commented out, is only written where none is; with --spool it \
            is only written where --config says. Asks nothing; one that was broken off is gone on with by running it again.

            EXAMPLES
              openloom init
              openloom init --spool /srv/openloom/spool

            EXIT CODES
              0   there is a spool now, or was before
              1   it could not be made; standard error says why
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let configuration = try writeConfiguration()
        let path = try options.spoolPath()
        let isNew = (try? SpoolDirectory(opening: path)) == nil
        let spool = try SpoolDirectory(initializing: path)
        let terminal = options.terminal
        let context = options.context(terminal)
        var lines = [
            StyledText(isNew ? "made the spool " : "there is a spool already: ")
                + StyledText(context.path(spool.root.string), .bold)
        ]
        if let (file, isWritten) = configuration {
            lines.append(
                StyledText(isWritten ? "wrote the configuration " : "there is a configuration already: ")
                    + StyledText(context.path(file.string), .bold))
        }
        lines += [
            "",
            StyledText("See what is needed ") + StyledText(context.command("doctor"), .bold),
            StyledText("Start the daemon   ") + StyledText(context.command("serve"), .bold),
            StyledText("Give it work       ") + StyledText(context.command("submit job.md"), .bold),
            StyledText("                   or drop a file into \(context.path(spool.paths.inbox.string))"),
        ]
        terminal.print(lines)
    }

    /// Writes the starter file where no configuration is. It is there, whole and synced, at the instant of a rename that
    /// replaces nothing; a kill before leaves a temporary file, which the next run removes.
    ///
    /// - Returns: The configuration's file, and whether it was written now; nil where none is wanted.
    private func writeConfiguration() throws -> (path: FilePath, isWritten: Bool)? {
        if options.spool != nil, options.config == nil { return nil }
        let named = options.config ?? GlobalOptions.environment["OPENLOOM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let standard = GlobalOptions.home.appending(".openloom")
        let path = named.map(GlobalOptions.absolute) ?? standard.appending("config.yaml")
        // What a link that leads nowhere is meant to be is not ours to guess.
        let others = named == nil ? [path, standard.appending("config.yml")] : [path]
        if let there = others.first(where: OutsideFile.isThere) {
            try check(there)
            return (there, false)
        }
        if named == nil { mkdir(standard.string, 0o700) }
        let directory = path.removingLastComponent()
        do {
            removeUnfinished(in: directory)
            let isWritten = try OutsideFile.create(
                Array(starterConfiguration.utf8), at: path, key: Self.key(getpid()))
            return (path, isWritten)
        } catch {
            throw CommandFailure("can't write \(path): \(error); make its directory, or name another with --config")
        }
    }

    /// Refuses what can't be a configuration, and would be in the way of one.
    private func check(_ path: FilePath) throws {
        var status = stat()
        guard stat(path.string, &status) == 0 else {
            throw CommandFailure("\(path) is a link that leads nowhere; remove it, or make what it names")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure("\(path) is no file; move it away, or name another with --config")
        }
    }

    /// Two that run at the same time have each their own.
    private static func key(_ pid: pid_t) -> String { "\(keyBeginning)\(pid)" }
    private static let keyBeginning = "config-"

    private func removeUnfinished(in directory: FilePath) {
        for name in (try? OutsideFile.names(in: directory)) ?? [] {
            guard let place = name.firstRange(of: Self.keyBeginning),
                let pid = pid_t(name[place.upperBound...].prefix { $0 != "." }), kill(pid, 0) != 0, errno == ESRCH
            else { continue }
            OutsideFile.removeUnfinished(in: directory, key: Self.key(pid))
        }
    }
}
