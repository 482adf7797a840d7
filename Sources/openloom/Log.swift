import ArgumentParser
import Console

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what happened to a task.",
        discussion: """
            EXAMPLES
              openloom log k3x9a
              openloom log -f k3x9a           go on until the task has ended
              openloom log k3x9a --json | jq -r 'select(.event == "ended") | .reason'

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(name: .shortAndLong, help: "Go on with what comes, until the task has ended.")
    var follow = false

    @Flag(help: "Print a JSON object per line, as the file has them.")
    var json = false

    func run() async throws {
        let spool = try options.openSpool()
        let id = try spool.task(named: argument.task)
        let view = LogView(spool, options.terminal, options.viewSettings, asJSON: json)
        if follow {
            try await view.follow(id)
        } else {
            try view.print(id)
        }
    }
}
