import ArgumentParser
import Console
import JSON
import Spool
import SystemPackage
import TaskSource

extension TaskFormat: ExpressibleByArgument {}

/// A file that becomes a task, and what the command line says about it. What it says wins over the file.
struct SubmitOptions: ParsableArguments {
    @Argument(
        help: "The task: a file of any format that the inbox takes, or - for standard input.",
        completion: .file(extensions: TaskFormat.allCases.map(\.rawValue)))
    var file: String

    @Option(help: ArgumentHelp("What standard input is: md, txt, yaml, yml, json or docx.", valueName: "format"))
    var format: TaskFormat?

    @Option(help: "The task's name.")
    var name: String?

    @Option(name: .shortAndLong, help: "The directory that the agent works in.", completion: .directory)
    var workspace: String?

    @Option(name: .shortAndLong, help: "0 (whenever) to 9 (first); 5 if nothing is said.")
    var priority: Int?

    @Option(help: ArgumentHelp("Not to be started before, such as 2026-11-23T09:30:00Z.", valueName: "time"))
    var notBefore: String?

    @Option(
        help: ArgumentHelp(
            "Not to be started any more after this time, or after so long: 2h, 15m.", valueName: "time|duration"))
    var expires: String?

    @Option(help: ArgumentHelp("A task that must be in done/ first; can be given more than once.", valueName: "task"))
    var after: [String] = []

    @Option(help: ArgumentHelp("A task that must have ended first, well or not.", valueName: "task"))
    var afterAny: [String] = []

    @Option(help: ArgumentHelp("A task that must have failed first.", valueName: "task"))
    var afterFailed: [String] = []

    /// The last three together, as they were given.
    var dependencies: [TaskDependency] {
        after.map { TaskDependency($0) } + afterAny.map { TaskDependency($0, on: .any) }
            + afterFailed.map { TaskDependency($0, on: .failed) }
    }

    @Option(help: ArgumentHelp("A second submission with the same key is the same task.", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("The model, such as anthropic/claude-sonnet-4-5.", valueName: "provider/model"))
    var model: String?

    @Option(help: "The model's variant, such as high.")
    var variant: String?

    @Option(help: "The agent of the OpenCode server.")
    var agent: String?

    @Option(help: ArgumentHelp("An OpenCode session to go on with.", valueName: "session"))
    var session: String?

    @Option(help: ArgumentHelp("Longest time from the prompt to the end of the turn.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Work in a git worktree and on a branch of its own; see openloom merge.")
    var worktree = false
    @Option(
        help: ArgumentHelp(
            "What must be so when the agent is done: 'README.md exists', 'run: make test', or a check's name in the "
                + "configuration; can be given more than once.",
            valueName: "check"))
    var verify: [String] = []

    @Flag(help: "Submit it held: it is not started before openloom release.")
    var hold = false

    func validate() throws {
        if format != nil, file != "-" {
            throw ValidationError("--format is for standard input; the format of a file is told by its extension")
        }
        if hold, key != nil { throw ValidationError("--hold and --key don't go together; hold the task afterwards") }
    }
}
