import ArgumentParser
import Console
import JSON

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show everything about a task.",
        discussion: """
            Its spec and where its files are, what it asks and how to answer, the agent's claim beside what is found \
            on disk, and its log.

            EXAMPLES
              openloom show k3x9a
              openloom show k3x9a --json | jq -r .verdict

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let spool = try options.openSpool()
        let details = try TaskDetails.read(try spool.task(named: argument.task), in: spool)
        let terminal = options.terminal
        if json {
            terminal.write(TaskJSON.details(details).pretty)
        } else {
            terminal.print(TaskPage.lines(details, options.context(terminal)))
        }
    }
}
