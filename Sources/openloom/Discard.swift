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
        var task = try TaskWorktree(of: argument.task, in: try options.openSpool())
        let record = task.record
        let commit = try await task.worktrees.discard(record)
        let shown: JSONObject = [
            "branch": .string(record.branch), "kept": .string(record.discardedReference), "commit": .string(commit),
        ]
        try task.end(.discarded, shown)
        let terminal = options.terminal
        if json {
            var object: JSONObject = ["id": .string(task.id.rawValue)]
            for (name, value) in shown { object[name] = value }
            terminal.write(JSONValue.object(object).pretty)
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
