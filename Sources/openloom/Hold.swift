import ArgumentParser
import Spool

struct Hold: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep tasks from being started.",
        discussion: """
            A held task in new/ stays there until it is released. One that runs goes on, and is not started again.
            The same as: touch SPOOL/new/TASK/hold

            EXAMPLES
              openloom hold k3x9a
              openloom hold k3x9a 7fq20

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var arguments: TaskArguments

    func run() throws {
        try arguments.act(options, "held") { spool, id in try spool.hold(id) }
    }
}
