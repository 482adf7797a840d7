import ArgumentParser
import Console
import Glibc
import JSON
import Logging
import OpenCodeSimulator
import SystemPackage

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be an OpenCode server with a scripted agent, without a language model.",
        discussion: """
            Answers OpenCode's API (1.15 to 1.18). The agent really writes into the workspace, asks, fails and stalls, \
            as the lines of a task's goal tell it that begin with sim:. Whoever reaches the port can have files \
            written with your rights; it listens on this machine only, unless --host says otherwise.

            EXAMPLES
              openloom simulate
              openloom simulate --port 0 --fault muteStreams=true --think 0

            \(simulatorScriptHelp)

            EXIT CODES
              0   it was stopped
              1   it could not be started; standard error says why
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(name: .shortAndLong, help: "The port to listen on; 0 takes any free one.")
    var port = 4096

    @Option(help: ArgumentHelp("The OpenCode version to be.", valueName: "version"))
    var opencodeVersion = SimulatorOptions().version

    @Option(help: ArgumentHelp("The seconds that the agent thinks before each step.", valueName: "seconds"))
    var think = 0.8

    @Option(
        help: ArgumentHelp(
            "A way to misbehave from the start, with its value in JSON; can be given more than once.",
            valueName: "name=value"))
    var fault: [String] = []

    @Option(
        help: ArgumentHelp("Append every prompt, abort and answer to this file.", valueName: "file"),
        completion: .file())
    var log: String?

    @Option(
        help: ArgumentHelp("Keep sessions and messages in this file over restarts.", valueName: "file"),
        completion: .file())
    var state: String?

    func validate() throws {
        guard (0...3600).contains(think) else { throw ValidationError("--think takes seconds from 0 to 3600") }
        _ = try misbehaviour()
    }

    /// What `--fault` asks for.
    private func misbehaviour() throws -> SimulatorFaults {
        var faults = SimulatorFaults()
        for text in fault {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw ValidationError("--fault \(text): write NAME=VALUE") }
            do {
                var named = JSONObject()
                named[String(parts[0])] = try JSONValue(parsing: String(parts[1]))
                try faults.apply(.object(named))
            } catch {
                throw ValidationError("--fault \(text): \(error)")
            }
        }
        return faults
    }

    func run() async throws {
        let environment = GlobalOptions.environment
        var logger = Logger(label: "openloom.simulator", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = options.verbose ? .debug : .warning
        let simulator = try OpenCodeSimulator(
            options: SimulatorOptions(
                host: host, port: port, version: opencodeVersion,
                username: environment["OPENLOOM_OPENCODE_USERNAME"],
                password: environment["OPENLOOM_OPENCODE_PASSWORD"], misbehaviour: try misbehaviour(),
                think: .seconds(think), logFile: log.map(GlobalOptions.absolute),
                statePath: state.map(GlobalOptions.absolute)),
            logger: logger)
        let (terminal, host) = (options.terminal, host)
        try await simulator.run { port in
            let address = host.contains(":") ? "[\(host)]" : host
            terminal.print([StyledText("OpenCode simulator on ") + StyledText("http://\(address):\(port)", .bold)])
        }
    }
}
