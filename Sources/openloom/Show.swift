import ArgumentParser
import Console
import JSON
import Spool

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show everything about a task.",
        discussion: """
            Its spec and where its files are, what it asks and how to answer, the agent's claim beside what is found \
            on disk, and its log.

            EXAMPLES
              openloom show k3x9a
              openloom show k3x9a --json | jq -r .verdict
              openloom show k3x9a --result | less

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print result.md: what became of it, in Markdown.")
    var result = false

    func validate() throws {
        if json, result { throw ValidationError("--json and --result don't go together") }
    }

    func run() throws {
        let spool = try options.openSpool()
        if result { return try printResult(of: try spool.task(named: argument.task), in: spool) }
        let details = try TaskDetails.read(try spool.task(named: argument.task), in: spool)
        let terminal = options.terminal
        if json {
            terminal.write(TaskJSON.details(details).pretty)
        } else {
            terminal.print(TaskPage.lines(details, options.context(terminal)))
        }
    }

    /// The bytes of the file: nothing in it is more than text to a terminal.
    private func printResult(of id: TaskID, in spool: SpoolDirectory) throws {
        let (task, state) = try spool.locate(id)
        guard let bytes = try? spool.readFile(task.report, limit: 16 << 20) else {
            throw CommandFailure(
                state.isEnded
                    ? "\(id) has no result.md: it was moved by hand a moment ago, or ended with an older version"
                    : "\(id) has not ended; openloom show \(id) tells how far it is")
        }
        options.terminal.write(String(decoding: bytes, as: UTF8.self))
    }
}
