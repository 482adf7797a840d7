import Glibc
import Spool
import SystemPackage
import Testing

/// What the README shows is what the program does.
@Suite struct ReadmeTests {
    /// The checkout that these tests were built from.
    private static let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()

    private var readme: String { Files.text(Self.checkout.appending("README.md")) ?? "" }

    /// The transcript without what differs from run to run: ports, ids, times, and the order of tasks that run at once.
    private func shape(_ transcript: some StringProtocol) -> [String] {
        transcript.split(separator: "\n").map { line in
            var text = String(line)
            text.replace(/http:\/\/127\.0\.0\.1:\d+/, with: "URL")
            text.replace(/\/\S*openloom-demo-\w+/, with: "DIRECTORY")
            text.replace(/\d{8}T\d{9}-[a-z0-9]{5}/, with: "ID")
            text.replace(/^\d+\.\d\d s +/, with: "TIME ")
            return text
        }.sorted()
    }

    @Test func demo_printsWhatTheReadmeShows() throws {
        let blocks = readme.split(separator: "```")
        let shown = try #require(blocks.first { $0.contains("no language model is asked") })
        let world = try World()
        let demo = try Child(
            BuiltProgram.path, ["demo", "--think", "0.05", "--wire", String(World.suiteWire)],
            environment: World.environment(world.root),
            directory: world.root, name: "demo"
        )
        #expect(demo.waitForExit(within: World.patience) == 0, "\(demo.outputText)\(demo.errorText)")
        // A task that is quick enough is seen in its last place only.
        let printed = Set(shape(demo.outputText))
        let wanted = shape(shown).filter { !$0.contains("new/") && !$0.contains("running/") }
        for line in wanted where !printed.contains(line) {
            Issue.record("the demonstration did not print: \(line)\n\(demo.outputText)")
        }
        #expect(demo.errorText.isEmpty)
    }

    @Test(arguments: ["contrib/demo.sh", "contrib/test.sh"])
    func bothCommands_areThere_andCanBeRun(path: String) {
        #expect(readme.contains(path))
        #expect(access(Self.checkout.appending(path).string, X_OK) == 0)
    }

    /// Every `openloom` command that the README names is one.
    @Test func commands_areKnown() throws {
        let world = try World()
        let help = try Child(
            BuiltProgram.path, ["--help"], environment: World.environment(world.root), directory: world.root,
            name: "help"
        )
        #expect(help.waitForExit(within: World.patience) == 0)
        let named = Set(readme.matches(of: #/openloom ([a-z]+)\b/#).map { String($0.1) })
        #expect(named.count > 8)
        for command in named.subtracting(["and", "on", "with", "turns", "drives"]) {
            #expect(help.outputText.contains("  \(command) "), "openloom \(command) is not in --help")
        }
    }

    @Test func exampleWithChecks_isVerified_onlyWhenItIsDone() throws {
        let blocks = readme.split(separator: "```markdown\n")
        let example = String(try #require(blocks.dropFirst(2).first?.split(separator: "```").first))
        for (words, verdict) in [("Permission is hereby granted", "verified"), ("All rights reserved", "unverified")] {
            let world = try World()
            try world.serve()
            let workspace = try world.workspace()
            let text = example.replacing("/home/me/project", with: workspace.string)
                .replacing("Add the MIT license.", with: "sim: write LICENSE \(words)\nsim: turn 2\nsim: say Done.")
            try Files.write(text, to: world.inbox.appending("license.md"))
            try world.wait("it has ended") { world.names(.done).count + world.names(.failed).count == 1 }
            #expect(world.verdict((world.names(.done) + world.names(.failed))[0]) == verdict)
        }
    }

    @Test func markdownExample_isATask() throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        let blocks = readme.split(separator: "```markdown\n")
        let example = try #require(blocks.dropFirst().first?.split(separator: "```").first)
        let text = String(example).replacing("/home/me/project", with: workspace.string)
        try Files.write(text, to: world.inbox.appending("fix-typo.md"))
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
    }
}
