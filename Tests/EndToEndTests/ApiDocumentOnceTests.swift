import JSON
import Spool
import SystemPackage
import Testing

/// Each `curl` line of `docs/api.md`, run in its order, answers with the keys that the document shows.
@Suite struct ApiDocumentOnceTests {
    private struct Example {
        var command: String
        /// What follows it, if that is JSON.
        var answer: String?
        /// How the stream that follows it begins, if it is one: the first two lines.
        var stream: String?
    }

    private static func examples() -> [Example] {
        let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let text = Files.text(checkout.appending("docs/api.md")) ?? ""
        let blocks = text.matches(of: /```(sh|json|sse)\n((?:.|\n)*?)```/).map { (String($0.1), String($0.2)) }
        return blocks.indices.filter { blocks[$0].0 == "sh" && blocks[$0].1.contains("curl") }.map { index in
            func next(_ kind: String) -> String? {
                index + 1 < blocks.count && blocks[index + 1].0 == kind ? blocks[index + 1].1 : nil
            }
            let stream = next("sse")?.split(separator: "\n").prefix(2).joined(separator: "\n")
            return Example(command: blocks[index].1, answer: next("json"), stream: stream)
        }
    }

    /// The names of all members, with those of objects in them; lists and what is free text count as one.
    private func shape(_ json: JSONValue, below path: String = "") -> Set<String> {
        guard let members = json.object else { return [] }
        return members.reduce(into: []) { names, member in
            names.insert(path + member.name)
            if ["task", "spec", "spool", "tasks"].contains(member.name) {
                names.formUnion(shape(member.value, below: "\(path)\(member.name)."))
            }
        }
    }

    private func run(_ command: String, in world: World) throws -> (code: Int32, output: String, errors: String) {
        try world.shell("B=http://localhost:\(world.port)\n\(command)")
    }

    /// A stream ends only with its reader, which goes away after some seconds: more of them each time, until there is
    /// something to read.
    private func beginning(ofStream command: String, in world: World) throws -> String {
        for seconds in [2, 8, 30] {
            let limited = command.replacing("curl -sSN", with: "curl -sSN --max-time \(seconds)")
            let result = try run(limited, in: world)
            if !result.output.isEmpty { return result.output }
        }
        return ""
    }

    /// The id of what the agent waits for.
    private func openPermission(of world: World, in workspace: FilePath) async throws -> String {
        for _ in 0..<10_000 {
            let open = try await world.askAgent("GET", "/permission?directory=\(workspace)").json
            if let id = open[0]?["id"]?.string { return id }
        }
        throw Child.Failure(description: "the agent does not ask")
    }

    /// Tasks that have left something on a branch of their own, by their names.
    private func endedInWorktrees(_ names: [String], of world: World) throws -> [String: String] {
        let project = try world.workspace("cart")
        let made = try world.shell(
            """
            cd '\(project)' && git init -q -b main . && git config user.name me && git config user.email me@here &&
            echo one >a && git add a && git commit -qm first
            """)
        try #require(made.code == 0, "\(made.errors)")
        for name in names {
            try Files.write(
                "name: \(name)\nworkspace: \(project)\nworktree: true\ngoal: 'sim: write \(name).txt x'\n",
                to: world.inbox.appending("\(name).yaml"))
        }
        var found: [String: String] = [:]
        for id in try world.wait(for: names.count, in: .done) {
            if let name = names.first(where: { id.hasSuffix("-\($0)") }) { found[name] = id }
        }
        try #require(found.count == names.count)
        return found
    }

    @Test func examples_answerAsTheyAreShown() async throws {
        let examples = Self.examples()
        #expect(examples.count >= 10)
        // The first line has an archive; the examples show it.
        let world = try World(wire: 1)
        try world.serve()
        try await world.waitUntilReady()
        let worktrees = try endedInWorktrees(["tidy-the-cart", "rename-the-cart"], of: world)
        // The task of the examples stays where they find it.
        try Files.write("", to: world.spool.appending("pause"))
        let workspace = try world.workspace()
        try Files.write(
            "cron: 30 2 * * *\ntask: {goal: Tidy up., workspace: \(workspace)}\n",
            to: world.spool.appending("schedules").appending("nightly.yaml"))
        let session = try await world.promptByHand("sim: ask bash ls", in: workspace)
        let permission = try await openPermission(of: world, in: workspace)
        let documented = /[0-9]{8}T[0-9]{9}-[a-z0-9]{5}-fix-the-login/
        var id = ""
        for example in examples {
            var command = example.command.replacing(documented, with: id)
            command = command.replacing("/srv/shop", with: workspace.string)
            for (name, id) in worktrees {
                command = command.replacing("20261123T093000250-k3f9x-\(name)", with: id)
            }
            command = command.replacing("ses_1f", with: session).replacing("per_20af34b81004", with: permission)
            if let stream = example.stream {
                #expect(try beginning(ofStream: command, in: world).hasPrefix(stream), "\(command)")
                continue
            }
            let result = try run(command, in: world)
            #expect(result.code == 0, "\(command): \(result.errors)")
            guard let shown = example.answer else { continue }
            let answer = try JSONValue(parsing: result.output)
            if let made = answer["taskId"]?.string, !worktrees.values.contains(made) { id = made }
            let sample = shown.replacing("[…]", with: "[]").replacing("{…}", with: "{}").replacing(",…}", with: "}")
                .replacing(",…]", with: "]")
            #expect(shape(answer) == shape(try JSONValue(parsing: sample)), "\(command)\(result.output)")
        }
    }
}
