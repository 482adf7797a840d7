import JSON
import Spool
import SystemPackage
import Testing

@testable import Verification

@Suite struct FileCheckTests {
    private let workspace: CheckWorkspace

    init() throws {
        workspace = try CheckWorkspace()
        try workspace.makeDirectory("dir")
        try workspace.write("dir/a.txt", "Hello,\nworld 7\n")
        try workspace.write("p.json", "{\"version\": \"1.2\", \"n\": 1.0, \"list\": [{\"b\": 2, \"a\": 1}]}")
        try workspace.link("inside", to: "dir")
        try workspace.link("dangling", to: "nowhere")
        try workspace.link("outside", to: "/etc")
    }

    @Test(
        arguments: [
            (.exists(path: "dir/a.txt"), .passed), (.exists(path: "dir"), .passed),
            (.exists(path: "inside/a.txt"), .passed),
            (.exists(path: "nothing"), .failed), (.exists(path: "dir/a.txt/x"), .failed),
            (.exists(path: "dangling"), .failed),
            (.exists(path: "outside"), .failed), (.exists(path: "outside/passwd"), .failed),
            (.absent(path: "nothing"), .passed), (.absent(path: "no/such/dir"), .passed),
            (.absent(path: "dir/a.txt"), .failed),
            (.absent(path: "dangling"), .failed), (.absent(path: "outside"), .failed),
            (.absent(path: "outside/x"), .error),
            (.contains(path: "dir/a.txt", .text("Hello,\nworld")), .passed),
            (.contains(path: "dir/a.txt", .text("hello")), .failed),
            (.contains(path: "dir/a.txt", .regex("^world \\d$")), .passed),
            (.contains(path: "dir/a.txt", .regex("^\\d$")), .failed),
            (.contains(path: "inside/a.txt", .text("Hello")), .passed),
            (.contains(path: "nothing", .text("x")), .failed), (.contains(path: "dir", .text("x")), .error),
            (.contains(path: "outside/passwd", .text("root")), .failed),
            (.json(path: "p.json", pointer: "/version", equals: "1.2"), .passed),
            (.json(path: "p.json", pointer: "/version", equals: 1.2), .failed),
            (.json(path: "p.json", pointer: "/n", equals: 1), .passed),
            (.json(path: "p.json", pointer: "/list/0", equals: ["a": 1, "b": 2]), .passed),
            (.json(path: "p.json", pointer: "/list/1", equals: 1), .failed),
            (.json(path: "dir/a.txt", pointer: "", equals: 1), .failed),
        ] as [(VerifyCheck.Rule, CheckResult.Outcome)])
    func check_comesTo(rule: VerifyCheck.Rule, outcome: CheckResult.Outcome) async throws {
        let result = try await workspace.make(rule)
        #expect(result.outcome == outcome, "\(result.found)")
        #expect(!result.found.isEmpty)
        #expect(
            workspace.text(workspace.results.appending("\(result.fileStem).json"))?.contains(result.outcome.rawValue)
                == true)
    }

    @Test func fifo_isNotWaitedFor() async throws {
        let made = try await workspace.run("mkfifo pipe")
        #expect(made.passed)
        #expect(try await workspace.make(.contains(path: "pipe", .text("x"))).outcome == .error)
    }

    @Test(
        arguments: [
            (["src/a.c"], nil, .changed(["src"]), .passed), (["src/a.c"], nil, .changed(["docs"]), .failed),
            ([], "too large", .changed(["docs"]), .failed), (["src/a.c"], nil, .unchanged(["docs", "*.md"]), .passed),
            (["docs/x"], nil, .unchanged(["docs"]), .failed), ([], "too large", .unchanged(["docs"]), .failed),
        ] as [([String], String?, VerifyCheck.Rule, CheckResult.Outcome)])
    func changes_decide(paths: [String], gap: String?, rule: VerifyCheck.Rule, outcome: CheckResult.Outcome)
        async throws
    {
        let changes = WorkspaceChanges(paths: paths.map { Array($0.utf8) }, gap: gap)
        let result = try await workspace.make(rule, changes: changes)
        #expect(result.outcome == outcome)
        if let gap { #expect(result.found.contains(gap)) }
    }
}
