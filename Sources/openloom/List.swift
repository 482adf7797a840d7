import ArgumentParser
import Console
import JSON

extension ShownTask.Group: ExpressibleByArgument {}

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List tasks.",
        discussion: """
            First what waits for you, then what runs, what is to be started and why it is not yet, and what ended \
            last. The first column is a name that every command takes.

            EXAMPLES
              openloom ls
              openloom ls --state failed --all
              openloom ls --json | jq -r '.tasks[] | select(.status == "waiting") | .id'

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: .shortAndLong, help: "List all tasks, also the archived ones.")
    var all = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Only tasks in this state; can be given more than once.", valueName: "state"))
    var state: [ShownTask.Group] = []

    @Flag(name: .shortAndLong, help: "Whole ids, names and reasons, and what each task has used.")
    var long = false

    @Flag(name: .shortAndLong, help: "Go on showing what changes, like openloom watch.")
    var watch = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if watch, json { throw ValidationError("--watch and --json don't go together; use one of them") }
    }

    func run() async throws {
        let spool = try options.openSpool()
        var selection = SpoolOverview.Selection()
        if !state.isEmpty { selection.groups = Set(state) }
        if all { (selection.newLimit, selection.endedLimit) = (nil, nil) }
        let terminal = options.terminal
        if watch {
            let view = OverviewView(spool, terminal, options.viewSettings)
            try await view.run(selecting: selection, options: .init(long: long, namesCommands: false))
            return
        }
        let overview = try SpoolOverview.read(spool, selecting: selection)
        if json {
            terminal.write(TaskJSON.overview(overview).pretty)
        } else {
            terminal.print(OverviewPage.lines(overview, options.context(terminal), options: .init(long: long)))
        }
    }
}
