import ArgumentParser
import Console
import JSON
import Spool

struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give the daemon a task.",
        discussion: """
            Prints the task's id when the task is durable; a daemon that is started later works on it, too. The file \
            is read as the inbox reads it and stays where it is; what the command line says wins over the file.

            EXAMPLES
              openloom submit job.md
              openloom submit job.yaml --workspace ~/src/shop --priority 9
              echo 'Write a haiku about spools into haiku.txt' | openloom submit - --format txt -w ~/src/poems

            \(HelpText.exitCodes)
            With --wait, as for openloom run.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var given: SubmitOptions

    @Flag(help: "Wait until the task has ended; the exit code is that of openloom run.")
    var wait = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let (spool, id) = try Submitter(options: options, given: given).submit()
        let terminal = options.terminal
        if !wait || !json {
            terminal.write(json ? JSONValue.object(["id": .string(id.rawValue)]).pretty : "\(id)\n")
        }
        options.warnWithoutDaemon(spool, "the task waits in new/")
        if !wait { return }
        let details = try await TaskView(spool, terminal, options.viewSettings).wait(id)
        if json { terminal.write(TaskJSON.details(details).pretty) }
        throw ExitCode(details.task.snapshot.verdict?.exitCode ?? CommandFailure.failed)
    }
}
