import ArgumentParser
import Console
import Glibc
import JSON
import Spool
import SystemPackage
import Verification
import Worktrees

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a task's checks once more, now.",
        discussion: """
            Runs the checks that were accepted with the task in its workspace as it is now, commands included, and says \
            what they find. The task stays as it is. What had changed against the baseline is taken from what the daemon \
            recorded last: it is not compared again.

            EXAMPLES
              openloom verify k3x9a
              openloom verify k3x9a --json | jq '.checks[] | select(.passed | not)'

            EXIT CODES
              0   all checks passed
              1   one did not, or the task has none, or can't be read
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: TaskArgument

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let spool = try options.openSpool()
        let id = try spool.task(named: argument.task)
        let (task, state) = try spool.locate(id)
        guard let spec = try spool.readSpec(id, in: state) else {
            throw CommandFailure("\(id) has not been read yet, so it has no checks")
        }
        guard !spec.verify.isEmpty else { throw CommandFailure("\(id) has no checks") }
        let recorded = try spool.readJSON(task.evidence.appending("changes.json"))
        let place = try Self.workplace(of: spec, task, in: spool)
        guard let workspace = Self.real(place) else { throw CommandFailure("its workspace \(place) is not there") }
        let verification = Verification(
            workspace: workspace, changes: WorkspaceChanges(recorded: recorded),
            owner: "openloom verify \(getpid()):\(id)")
        let results = try await verification.run(spec.verify, into: nil) ?? []
        let terminal = options.terminal
        let passed = results.allSatisfy(\.passed)
        if json {
            let object: JSONValue = [
                "id": .string(id.rawValue), "passed": .bool(passed), "checks": .array(results.map(\.json)),
            ]
            terminal.write(object.pretty)
        } else {
            terminal.print(CheckLines.lines(results.map { CheckLines.Check(json: $0.json) }))
            for result in results where !result.passed {
                guard let tail = result.tail, !tail.isEmpty else { continue }
                terminal.print([""] + CheckLines.output(of: result.title, tail))
            }
        }
        if !passed { throw ExitCode(CommandFailure.failed) }
    }

    /// A worktree of its own, while it has one.
    private static func workplace(
        of spec: TaskSpec, _ task: TaskPaths, in spool: SpoolDirectory
    ) throws -> FilePath {
        guard let record = try spool.readJSON(task.worktree).flatMap({ WorktreeRecord(json: $0) }), record.ending == nil
        else { return spec.workspace }
        return record.workingDirectory
    }

    private static func real(_ path: FilePath) -> FilePath? {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}
