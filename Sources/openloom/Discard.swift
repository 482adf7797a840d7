import ArgumentParser
import Console
import JSON
import Spool
import SystemPackage
import Worktrees

struct Discard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove the worktree of a task whose work is not wanted.",
        discussion: """
            Its branch is gone from git branch, but not lost: all that is not ignored is committed and kept as \
            refs/openloom/discarded/NAME, and this says how to have it again. The task itself stays.

            EXAMPLES
              openloom discard k3x9a
              openloom discard k3x9a --json

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() async throws {
        let spool = try options.openSpool()
        let task = try TaskWorktree(of: try spool.task(named: argument.task), in: spool)
        let record = task.record
        let commit = try await task.discard()
        let terminal = options.terminal
        if json {
            let object: JSONValue = [
                "id": .string(task.id.rawValue), "branch": .string(record.branch),
                "kept": .string(record.discardedReference), "commit": .string(commit),
            ]
            terminal.write(object.pretty)
        } else {
            terminal.print([
                StyledText("discarded ", .dim) + StyledText("\(record.branch) at \(commit.prefix(12))"),
                StyledText("to have it again: ", .dim)
                    + StyledText(
                        "git -C \(ShellWord.quoted(record.workspace.string)) branch \(record.branch) "
                            + record.discardedReference),
            ])
        }
    }
}
