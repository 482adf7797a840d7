import ArgumentParser
import Spool

struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have ended tasks worked on once more, from the start.",
        discussion: """
            The task goes back to new/. Session, result and evidence of the ended attempt are kept in its attempts/.
            The same as: mv SPOOL/failed/TASK SPOOL/new/

            EXAMPLE
              openloom retry k3x9a

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var arguments: TaskArguments

    func run() throws {
        try arguments.act(options, "waits again") { spool, id in try spool.retry(id) }
        options.warnWithoutDaemon(try options.openSpool(), "the tasks wait")
    }
}
