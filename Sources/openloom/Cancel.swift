import ArgumentParser
import Spool

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop tasks; they end as cancelled.",
        discussion: """
            The daemon aborts the agent's session and moves the task to failed/. What the agent wrote stays as it is.
            The same as: touch SPOOL/running/TASK/cancel

            EXAMPLE
              openloom cancel k3x9a

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var arguments: TaskArguments

    func run() throws {
        try arguments.act(options, "cancelling") { spool, id in try spool.cancel(id) }
        options.warnWithoutDaemon(try options.openSpool(), "the tasks are not cancelled")
    }
}
