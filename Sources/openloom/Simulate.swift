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
            Answers OpenCode's API: wire 1 is that of 1.15 to 1.18, wire 2 that of 2.0. The agent really writes into \
            the workspace, asks, fails and stalls, as the lines of a task's goal tell it that begin with sim:. Whoever \
            reaches the port can have files written with your rights; it listens on this machine only, unless --host \
            says otherwise. Wire 2 always asks for a password (the name is opencode): the one of --password-file, of \
            OPENCODE_PASSWORD, or one that it makes up and prints.

            EXAMPLES
              openloom simulate
              openloom simulate --version 1.17.4
              openloom simulate --port 0 --fault muteStreams=true --think 0
              openloom simulate --wire 2 --register ~/.local/state
              OPENCODE_PASSWORD=secret openloom simulate --version 2.0.6 --state simulated.jsonl
              openloom simulate --wire 2 --version dev-abc --fault 'promptTrouble=[{"taken":true,"status":503,"count":1}]'

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

    @Option(help: ArgumentHelp("The dialect to speak, 1 or 2. (default: the version's)", valueName: "number"))
    var wire: Int?

    @Option(
        name: [.customLong("version"), .customLong("opencode-version")],
        help: ArgumentHelp(
            "The OpenCode version to be; with --wire 2 any text. (default: 1.18.31, with --wire 2 2.0.27)",
            valueName: "version"))
    var opencodeVersion: String?

    @Option(
        help: ArgumentHelp("Ask for the password on this file's first line.", valueName: "file"), completion: .file())
    var passwordFile: String?

    @Option(
        help: ArgumentHelp(
            "Wire 2: say in opencode/service.json below this directory who serves where.", valueName: "directory"),
        completion: .directory)
    var register: String?

    @Option(help: ArgumentHelp("The seconds that the agent thinks before each step.", valueName: "seconds"))
    var think = 0.8

    @Flag(help: "Let sim: run lines run commands, with your rights, for whoever can reach the port.")
    var allowRun = false

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

    private func simulatorOptions() throws -> SimulatorOptions {
        let environment = GlobalOptions.environment
        var options = SimulatorOptions(
            host: host, port: port, wire: wire, version: opencodeVersion,
            username: environment["OPENLOOM_OPENCODE_USERNAME"],
            password: environment["OPENLOOM_OPENCODE_PASSWORD"], misbehaviour: try misbehaviour(),
            think: .seconds(think), runsCommands: allowRun, logFile: log.map(GlobalOptions.absolute),
            statePath: state.map(GlobalOptions.absolute), registerPath: register.map(GlobalOptions.absolute))
        if let passwordFile {
            options.password = try SimulatorOptions.password(from: GlobalOptions.absolute(passwordFile))
        } else if try options.resolvedWire() == 2 {
            // As the server of that wire reads them; ours comes last.
            options.password =
                environment["OPENCODE_PASSWORD"] ?? environment["OPENCODE_SERVER_PASSWORD"] ?? options.password
        }
        return options
    }

    func run() async throws {
        var logger = Logger(label: "openloom.simulator", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = options.verbose ? .debug : .warning
        let settings = try simulatorOptions()
        let simulator = try OpenCodeSimulator(options: settings, logger: logger)
        let (terminal, host) = (options.terminal, host)
        try await simulator.runUntilSignalled { port in
            let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            terminal.print([StyledText("OpenCode simulator on ") + StyledText(url, .bold)])
            guard simulator.wire == 2 else { return }
            // What OpenCode itself prints.
            terminal.print([StyledText("server listening on \(url)")])
            if settings.password == nil, let password = simulator.password {
                terminal.print([StyledText("server password \(password)")])
            }
        }
    }
}
