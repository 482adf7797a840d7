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
            is only written where --config says.

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
        let wrote = try writeConfiguration()
        let path = try options.spoolPath()
        let isNew = (try? SpoolDirectory(opening: path)) == nil
        let spool = try SpoolDirectory(initializing: path)
        let terminal = options.terminal
        let context = options.context(terminal)
        var lines = [
            StyledText(isNew ? "made the spool " : "there is a spool already: ")
                + StyledText(context.path(spool.root.string), .bold)
        ]
        if let wrote {
            lines.append(StyledText("wrote the configuration ") + StyledText(context.path(wrote.string), .bold))
        }
        lines += [
            "",
            StyledText("Start the daemon   ") + StyledText(context.command("serve"), .bold),
            StyledText("Give it work       ") + StyledText(context.command("submit job.md"), .bold),
            StyledText("                   or drop a file into \(context.path(spool.paths.inbox.string))"),
        ]
        terminal.print(lines)
    }

    /// Writes the starter file where no configuration is.
    ///
    /// - Returns: Its path, if it was written.
    private func writeConfiguration() throws -> FilePath? {
        if options.spool != nil, options.config == nil { return nil }
        let named = options.config ?? GlobalOptions.environment["OPENLOOM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let standard = GlobalOptions.home.appending(".openloom")
        let path = named.map(GlobalOptions.absolute) ?? standard.appending("config.yaml")
        let others = named == nil ? [path, standard.appending("config.yml")] : [path]
        if others.contains(where: { access($0.string, F_OK) == 0 }) { return nil }
        if named == nil { mkdir(standard.string, 0o700) }
        do {
            let descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
            try descriptor.closeAfter { _ = try descriptor.writeAll(starterConfiguration.utf8) }
        } catch {
            throw CommandFailure("can't write \(path): \(error); make its directory, or name another with --config")
        }
        return path
    }
}
