import ArgumentParser
import Console
import JSON
import Spool
import SystemPackage
import Worktrees

struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over the work of a task that has a worktree of its own.",
        discussion: """
            The task's branch is merged into the branch that is checked out in the task's workspace, as git merge does; \
            then its worktree and its branch are removed. If both changed the same lines, or something is in the way, \
            nothing is changed, and what to do is said.
            The same as: git merge BRANCH; git worktree remove WORKTREE; git branch -d BRANCH

            EXAMPLES
              openloom merge k3x9a
              openloom merge k3x9a --unproven    also of a task that failed

            \(HelpText.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(help: "Merge although the task is in failed/.")
    var unproven = false

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() async throws {
        let spool = try options.openSpool()
        let task = try TaskWorktree(of: try spool.task(named: argument.task), in: spool)
        guard task.isDone || unproven else {
            throw CommandFailure(
                "\(task.id) has failed (openloom show \(task.id) says why); look at what it left in "
                    + "\(task.record.path), and add --unproven to merge it all the same")
        }
        let record = task.record
        let merged = try await task.merge()
        let terminal = options.terminal
        if json {
            let object: JSONValue = [
                "id": .string(task.id.rawValue), "was_merged": .bool(merged.wasMerged), "into": JSONValue(merged.into),
                "commit": .string(merged.commit), "branch": .string(record.branch),
            ]
            terminal.write(object.pretty)
        } else {
            let into = merged.into.map { " into \($0)" } ?? ""
            terminal.print([
                StyledText(merged.wasMerged ? "was merged " : "merged ", .dim)
                    + StyledText("\(record.branch)\(into) at \(merged.commit.prefix(12))")
            ])
        }
    }
}
