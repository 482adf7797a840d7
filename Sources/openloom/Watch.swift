import ArgumentParser
import Console

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See what goes on, as it happens.",
        discussion: """
            On a terminal the list, or the task's page, is drawn again in place; into a pipe or a file goes a line for \
            each change. Ends with Ctrl-C, or when the task that is named has ended.

            EXAMPLES
              openloom watch
              openloom watch k3x9a
              openloom watch | grep --line-buffered waiting

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "A task; left out, all of them.", completion: TaskCompletion.tasks)
    var task: String?

    func run() async throws {
        let spool = try options.openSpool()
        let terminal = options.terminal
        guard let task else {
            let view = OverviewView(spool, terminal, options.viewSettings)
            return try await view.run(selecting: .init(), options: .init(namesCommands: false))
        }
        let id = try spool.task(named: task)
        let view = TaskView(spool, terminal, options.viewSettings)
        _ = terminal.canRedraw ? try await view.redraw(id) : try await view.printNews(id)
    }
}
