import ArgumentParser
import Console
import Spool

struct Answer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer what an agent asks.",
        discussion: """
            A permission is answered with once or reject, a question with one of its options or any other text.
            What is asked, and by which name, is shown by ls, watch and show.
            The same as: echo once > SPOOL/running/TASK/asks/ASK.answer

            EXAMPLES
              openloom answer k3x9a per_1 once
              openloom answer k3x9a que_1 'Use the second one, but keep the name'

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Argument(help: "The ask: its name, or an unambiguous beginning or end of it.")
    var ask: String

    @Argument(help: "What to answer.")
    var answer: String

    func validate() throws {
        if answer.allSatisfy(\.isWhitespace) { throw ValidationError("an answer must say something") }
    }

    func run() throws {
        let spool = try options.openSpool()
        let id = try spool.task(named: argument.task)
        let name = try spool.ask(named: ask, of: id)
        try spool.answer(id, ask: name, with: answer)
        options.terminal.print([StyledText("answered ", .dim) + StyledText("\(name) of \(id)")])
        options.warnWithoutDaemon(spool, "the task waits")
    }
}
