import ArgumentParser
import Console
import Glibc
import Logging
import SystemPackage

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See the whole way of three tasks, without an agent or an account.",
        discussion: """
            Starts a simulated OpenCode server and a daemon in a temporary directory, drops a Markdown, a YAML and a \
            Word file into the inbox, and shows how the tree changes and what the agent wrote.

            EXAMPLES
              openloom demo
              openloom demo --keep          leave the directory, to look around in it
              openloom demo --wire 2        the same with a simulated OpenCode 2

            EXIT CODES
              0   all three tasks ended in done/
              1   they did not
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Leave the temporary directory when done.")
    var keep = false

    @Option(help: ArgumentHelp("The seconds that the agent thinks before each step.", valueName: "seconds"))
    var think = 0.4

    @Option(help: ArgumentHelp("The OpenCode to be simulated, 1 or 2.", valueName: "number"))
    var wire = 1

    func validate() throws {
        guard [1, 2].contains(wire) else { throw ValidationError("--wire takes 1 or 2") }
        guard (0...60).contains(think) else { throw ValidationError("--think takes seconds from 0 to 60") }
    }

    func run() async throws {
        var logger = Logger(label: "openloom.demo", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = options.verbose ? .debug : .critical
        let stage = try DemoStage.make()
        defer { if !keep { stage.remove() } }
        let isDone = try await DemoRun(
            stage: stage, wire: wire, think: .seconds(think), terminal: options.terminal, logger: logger
        ).run()
        if keep { options.terminal.print([StyledText("\nleft in \(stage.root)", .dim)]) }
        if !isDone { throw CommandFailure("not every task ended in done/") }
    }
}
