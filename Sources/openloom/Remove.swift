import ArgumentParser
import Console
import Spool

struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete tasks.",
        discussion: """
            Deletes the task's directory with its log, evidence and transcript. The workspace is not touched.
            The same as: rm -r SPOOL/done/TASK

            EXAMPLES
              openloom rm k3x9a 7fq20
              openloom rm --force k3x9a      also while it runs: the agent's session is aborted

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var arguments: TaskArguments

    @Flag(name: .shortAndLong, help: "Also delete tasks that run.")
    var force = false

    func run() throws {
        try arguments.act(options, "deleted") { spool, id in
            if !force, try spool.locate(id).1 == .running {
                throw CommandFailure("\(id) runs: cancel it first, or delete it with --force")
            }
            try spool.remove(id)
        }
    }
}
