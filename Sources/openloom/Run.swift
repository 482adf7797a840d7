import ArgumentParser
import Console
import JSON
import Spool

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit a task and follow it until it has ended.",
        discussion: """
            The daemon that does the work runs elsewhere; this only follows. Ctrl-C ends the following, not the task.

            EXAMPLES
              openloom run job.md
              openloom run job.yaml --workspace . && git commit -am "Done by an agent"

            \(HelpText.verdictCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var given: SubmitOptions

    @Flag(help: "Print nothing but one JSON object, at the end.")
    var json = false

    func run() async throws {
        let (spool, id) = try Submitter(options: options, given: given).submit()
        let terminal = options.terminal
        let view = TaskView(spool, terminal, options.viewSettings)
        options.warnWithoutDaemon(spool, "the task waits in new/")
        let details: TaskDetails
        if json {
            details = try await view.wait(id)
            terminal.write(TaskJSON.details(details).pretty)
        } else {
            terminal.print([StyledText("submitted ", .dim) + StyledText(id.rawValue)])
            details = try await view.printNews(id)
            terminal.print([""] + TaskPage.ending(details, options.context(terminal)))
        }
        throw ExitCode(details.task.snapshot.verdict?.exitCode ?? CommandFailure.failed)
    }
}
