import ArgumentParser
import Spool

struct Release: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let held tasks go on.",
        discussion: """
            The same as: rm SPOOL/new/TASK/hold

            EXAMPLE
              openloom release k3x9a

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var arguments: TaskArguments

    func run() throws {
        try arguments.act(options, "released") { spool, id in try spool.release(id) }
    }
}
