import ArgumentParser
import Console
import Daemon
import DaemonConfiguration
import Glibc
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work on tasks: watch the spool and the inbox, drive OpenCode, answer REST.",
        discussion: """
            Makes the spool if there is none. Runs until SIGTERM or Ctrl-C; tasks that run then stay in running/ and \
            are gone on with by the next start. One daemon works on a spool.

            EXAMPLES
              openloom serve
              openloom serve --port 0 --spool /srv/spool --opencode-url http://127.0.0.1:4096
              OPENLOOM_OPENCODE_PASSWORD=… openloom serve -v

            EXIT CODES
              0   it was stopped
              1   it could not be started; standard error says why
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The address for REST. (default: server.host, 127.0.0.1)")
    var host: String?

    @Option(name: .shortAndLong, help: "The port for REST; 0 takes any free one. (default: server.port, 8967)")
    var port: Int?

    @Option(help: ArgumentHelp("Where OpenCode answers. (default: http://127.0.0.1:4096)", valueName: "url"))
    var opencodeUrl: String?

    @Option(help: ArgumentHelp("Tasks that work at once. (default: harness.max_running, 4)", valueName: "count"))
    var maxRunning: Int?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error. (default: info)", valueName: "level"))
    var logLevel: String?

    func run() async throws {
        let configuration = try Configuration.load(
            flags: ConfigurationFlags(
                config: options.config, spool: options.spool, host: host, port: port, opencodeURL: opencodeUrl,
                logLevel: logLevel ?? (options.verbose ? "debug" : nil), maxRunning: maxRunning
            ),
            environment: GlobalOptions.environment, home: GlobalOptions.home
        )
        // What other programs write for us into the spool (git does) is nobody else's to read.
        umask(0o077)
        var logger = Logger(label: "openloom", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = configuration.logLevel
        let terminal = options.terminal
        try await DaemonProcess(
            configuration: configuration, environment: GlobalOptions.environment, home: GlobalOptions.home,
            logger: logger
        ) { port in
            let host = configuration.server.host
            terminal.print([
                StyledText("openloom on ")
                    + StyledText("http://\(host.contains(":") ? "[\(host)]" : host):\(port)", .bold)
                    + StyledText(", spool \(configuration.spool.path), inbox \(configuration.inbox.path)")
            ])
        }.run()
    }
}
