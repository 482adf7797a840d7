import JSON
import Spool
import SystemPackage

/// A task with checks, dropped as YAML, and what became of it.
struct CheckedTask {
    let world: World
    let workspace: FilePath

    /// Starts a world whose daemon runs unless it is to die somewhere.
    init(_ world: World, _ workspace: FilePath? = nil) throws {
        self.world = world
        self.workspace = try workspace ?? world.workspace()
    }

    /// - Parameters:
    ///   - script: Lines for the simulated agent, without `sim:`.
    ///   - verify: The list of checks, in YAML, a line each, without the dash.
    func drop(_ script: [String], verify: [String], maxTurns: Int = 3) throws {
        let goal = script.map { "  sim: \($0)\n" }.joined()
        let checks = verify.map { "  - \($0)\n" }.joined()
        try Files.write(
            "name: Task\nworkspace: \(workspace)\nmax_turns: \(maxTurns)\ngoal: |\n\(goal)verify:\n\(checks)",
            to: world.inbox.appending("task.yaml"))
    }

    /// Waits until the task has ended.
    func end() throws -> Ending {
        try world.wait("the task has ended") { world.names(.done).count + world.names(.failed).count == 1 }
        let state: TaskState = world.names(.done).isEmpty ? .failed : .done
        return Ending(world: world, id: world.names(state)[0], state: state)
    }

    struct Ending {
        let world: World
        let id: String
        let state: TaskState

        var directory: FilePath { world.task(id, state) }
        var verdict: String? { world.verdict(id) }
        var reason: String { world.reason(id) }
        var result: JSONValue? { Files.json(directory.appending("result.json")) }
        var turns: Int { result?["turns"]?.array?.count ?? 0 }
        var log: [String] { world.log(id, state).compactMap { $0["event"]?.string } }

        func text(_ path: String) -> String? { Files.text(directory.pushing(FilePath(path))) }

        /// The check's outcome and what was found, from the last turn.
        func check(_ number: Int) -> (outcome: String?, found: String) {
            let check = result?["checks"]?.array?.first { $0["number"]?.int == number }
            return (check?["outcome"]?.string, check?["found"]?.string ?? "")
        }
    }
}
