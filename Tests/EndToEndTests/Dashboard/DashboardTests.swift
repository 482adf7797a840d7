import JSON
import Spool
import SystemPackage
import Testing

/// The dashboard in a real browser, against the built program and the simulated agent. One after the other: each has a
/// window, a daemon and an agent of its own.
@Suite(.serialized, .timeLimit(.minutes(10)), .chromium) struct DashboardTests {
    static let asking = "harness: {permissions: {bash: ask, question: ask}, max_attempts: 1, max_running: 8}"

    /// A world whose daemon is ready, and whose agent asks.
    static func world(_ more: [String] = [], simulator: [String] = []) async throws -> World {
        let world = try World(wire: 1, simulator: simulator, configuration: [asking] + more)
        try world.serve()
        try await world.waitUntilReady()
        return world
    }

    /// Creates a task, and gives back its id.
    @discardableResult
    static func create(
        _ name: String, in workspace: FilePath, of world: World, _ goal: String
    ) async throws -> String {
        let made = try await world.api(
            "POST", "/api/tasks",
            body: [
                "name": .string(name), "workspace": .string(workspace.string), "goal": .string(goal),
                "workspace_shared": true,
            ])
        guard let id = made.json["taskId"]?.string else { throw Child.Failure(description: made.json.compact) }
        return id
    }

    /// One task of each kind: verdicts, questions, held ones.
    static func fill(_ world: World) async throws {
        let workspace = try world.workspace("shop")
        try await create(
            "Fix the login form", in: workspace, of: world,
            "sim: say I look at the tests first.\nsim: tokens 5200 410 0.031\nsim: step\n"
                + "sim: write src/login.ts export const login = 1\nsim: say Done: the tests pass.")
        try await create(
            "Explain how retries work", in: try world.workspace("docs"), of: world,
            "sim: tokens 1200 90 0.004\nsim: say They back off.\nsim: nochange")
        try await create("Bump the image library", in: workspace, of: world, "sim: fail api 500")
        _ = try world.wait(for: 2, in: .done)
        _ = try world.wait(for: 1, in: .failed)
        try await create("Clean up flaky tests", in: workspace, of: world, "sim: ask bash rm -rf build\nsim: say Done.")
        try await create(
            "Write release notes", in: workspace, of: world,
            "sim: question Which release? | 2.4 | 2.5\nsim: say Done.")
        try await create("Migrate the cart", in: workspace, of: world, "sim: write a.txt 1\nsim: step\nsim: stall")
        _ = try world.wait(for: 3, in: .running)
        _ = try await world.api("PUT", "/api/pause")
        for name in ["Tidy up the scripts", "Translate the onboarding"] {
            let held = try await create(name, in: workspace, of: world, "Do it.")
            _ = try await world.api("POST", "/api/tasks/\(held)/hold")
        }
        _ = try await world.api("DELETE", "/api/pause")
        try world.wait("two of them ask") {
            world.names(.running).count { !Files.names(world.task($0, .running).appending("asks")).isEmpty } == 2
        }
    }

    /// `schedules/NAME.yaml`, which makes tasks of its name.
    static func schedule(_ name: String, _ keys: String, of world: World) throws {
        try Files.write(
            "\(keys)\ntask: {name: '\(name)', workspace: \(try world.workspace("shop")), goal: 'sim: say Done.'}\n",
            to: world.spool.appending("schedules/\(name).yaml"))
    }

    /// The name of the only task in a state.
    static func only(_ state: TaskState, of world: World) throws -> String {
        try #require(world.names(state).first)
    }

    static let row = "document.querySelectorAll('.row.task')"
}
