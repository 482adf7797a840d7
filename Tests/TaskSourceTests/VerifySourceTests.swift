import JSON
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

/// `verify` in each format that people write.
@Suite struct VerifySourceTests {
    private var sources: Sources

    init() throws { sources = try Sources() }

    private func rules(_ text: String, as name: String) throws -> [VerifyCheck.Rule] {
        try sources.read(text, as: name).verify.map(\.rule)
    }

    @Test func everyKind_isRead_fromYAML() throws {
        let text = """
            goal: x
            verify:
              - exists: README.md
              - absent: ./build/
              - contains: {path: README.md, text: Hello}
              - contains: {path: v, regex: "^\\\\d+$"}
              - changed: src/
              - unchanged: [tests, "*.lock"]
              - json: {path: package.json, pointer: /version, equals: "1.2"}
              - run: make test
                name: the tests
                timeout_s: 60
              - README.md contains "Hello"
            """
        let checks = try sources.read(text, as: "t.yaml").verify
        var command = VerifyCommand(.shell("make test"))
        command.timeoutSeconds = 60
        #expect(
            checks.map(\.rule) == [
                .exists(path: "README.md"), .absent(path: "build"), .contains(path: "README.md", .text("Hello")),
                .contains(path: "v", .regex("^\\d+$")), .changed(["src"]), .unchanged(["tests", "*.lock"]),
                .json(path: "package.json", pointer: "/version", equals: "1.2"), .run(command),
            ])
        #expect(checks.last?.name == "the tests")
    }

    @Test func oneCheck_needsNoList() throws {
        #expect(try rules("goal: x\nverify: {exists: a}", as: "t.yaml") == [.exists(path: "a")])
        #expect(try rules("goal: x\nverify: a exists", as: "t.yaml") == [.exists(path: "a")])
        #expect(
            try rules("{\"goal\": \"x\", \"verify\": [{\"run\": [\"ls\", \"-l\"]}]}", as: "t.json")
                == [.run(VerifyCommand(.arguments(["ls", "-l"])))])
    }

    @Test(
        arguments: [
            ("a/b.txt exists", .exists(path: "a/b.txt")), ("`my file` exists", .exists(path: "my file")),
            ("build is absent", .absent(path: "build")), ("build does not exist", .absent(path: "build")),
            ("exists: x", .exists(path: "x")), ("exists: `x y`", .exists(path: "x y")),
            ("src changed", .changed(["src"])),
            ("tests unchanged", .unchanged(["tests"])), ("unchanged: [a, b/**]", .unchanged(["a", "b/**"])),
            ("a contains \"b \\ c\"", .contains(path: "a", .text("b \\ c"))),
            ("a contains /b+/", .contains(path: "a", .regex("b+"))),
            ("\"it exists\" contains `changed`", .contains(path: "it exists", .text("changed"))),
            ("p.json#/a/0 equals [1, two]", .json(path: "p.json", pointer: "/a/0", equals: [1, "two"])),
            ("`make test` succeeds", .run(VerifyCommand(.shell("make test")))),
            ("run: echo \"a: b\" # {c}", .run(VerifyCommand(.shell("echo \"a: b\" # {c}")))),
            ("contains: {path: a, text: \"x, y\"}", .contains(path: "a", .text("x, y"))),
        ] as [(String, VerifyCheck.Rule)])
    func line_isACheck(line: String, rule: VerifyCheck.Rule) throws {
        #expect(try rules("# T\n\ngo\n\n## Verify\n\n- [ ] \(line)\n", as: "t.md") == [rule])
    }

    @Test func markdown_takesFrontMatterAndSection_andLeavesTheBodyAsItIs() throws {
        let text = """
            ---
            verify: [{exists: one}]
            ---
            # Task

            ```
            ## Verify
            - not one
            ```

            ## Verify

            - two exists
            * [x] three exists
            1. exists: four
            <!-- a remark -->

            ### More

            - five exists

            ## After

            - no check
            """
        let task = try sources.read(text, as: "t.md")
        #expect(task.verify.map(\.rule) == ["one", "two", "three", "four", "five"].map { .exists(path: $0) })
        #expect(task.goal.contains("- two exists"))
    }

    @Test func faults_nameTheirLines() {
        let yaml = "goal: x\nverify:\n  - exists: a\n  - exsts: b\n  - exists: ../c\n"
        #expect(
            sources.fault(yaml, as: "t.yaml") == """
                line 4: verify: check 2: unknown key "exsts"; did you mean "exists"?
                line 5: verify: check 3: exists leads out of the workspace: "../c"
                """)
        let markdown = "# T\n\ngo\n\n## Verify\n\nAll must be well:\n- it is fine\n"
        #expect(
            sources.fault(markdown, as: "t.md")?.hasPrefix("line 7: verify: \"All must be well:\" is no item") == true)
        let item = "# T\n\ngo\n\n## Verify\n\n- it is fine\n"
        #expect(sources.fault(item, as: "t.md")?.hasPrefix("line 7: verify: \"it is fine\" is no check; write") == true)
        #expect(
            sources.fault(json: [
                "goal": "x", "workspace": .string(sources.directory.path.string), "verify": [["x": 1]],
            ])?
            .first?.hasPrefix("/verify check 1: unknown key") == true)
        let many = "goal: x\nverify:\n" + (0..<51).map { "  - exists: f\($0)\n" }.joined()
        #expect(sources.fault(many, as: "t.yaml") == "line 2: verify: there are 51 checks; at most 50 are taken")
    }

    @Test func documentsTable_hasACheckInEachLine() throws {
        let cell = Docx.p("README.md exists") + Docx.p("- run: make test")
        let rows = [["goal", "Write it"], ["Verify", cell], ["priority", "3"]]
        let task = try sources.read(try Docx.make(Docx.table(rows)), as: "x.docx")
        #expect(task.verify.map(\.rule) == [.exists(path: "README.md"), .run(VerifyCommand(.shell("make test")))])
    }

    // MARK: the configuration's

    @Test func namedChecks_andThoseOfTheWorkspace_areWrittenOut() throws {
        var named = VerifyCheck(.run(VerifyCommand(.shell("make test"))), name: "tests")
        let guarded = VerifyCheck(.unchanged(["tests"]), source: .workspace)
        let policy = VerificationPolicy(
            named: ["tests": named], defaults: [sources.directory.path: [guarded]])
        let reader = TaskSourceReader(workspaces: sources.policy, verification: policy)
        let text = "goal: x\nverify: [tests, {exists: a}, {exists: a}]"
        let task = try reader.read(
            bytes: Array(text.utf8), fileName: "t.yaml", project: nil, origin: TaskOrigin(.inbox), now: Sources.now)
        named.source = .named
        #expect(task.verify == [guarded, named, VerifyCheck(.exists(path: "a"))])

        let wrong = Array("goal: x\nverify: [test]".utf8)
        #expect {
            try reader.read(
                bytes: wrong, fileName: "t.yaml", project: nil, origin: TaskOrigin(.inbox), now: Sources.now)
        } throws: { error in
            "\(error)".contains("no check \"test\" is configured; did you mean \"tests\"?")
        }
    }

    @Test(
        arguments: [
            (.all, nil, nil), (.named, "verify.run is \"named\"", nil),
            (.none, "verify.run is \"none\"", "verify.run is \"none\""),
        ] as [(VerificationPolicy.Commands, String?, String?)])
    func commands_areRefused_whereTheConfigurationSaysSo(
        word: VerificationPolicy.Commands, own: String?, named: String?
    ) throws {
        let policy = VerificationPolicy(
            named: ["tests": VerifyCheck(.run(VerifyCommand(.shell("make"))))], commands: [.inbox: word])
        let reader = TaskSourceReader(workspaces: sources.policy, verification: policy)
        for (check, words) in [("{run: ls}", own), ("tests", named)] {
            let text = Array("goal: x\nverify: [\(check)]".utf8)
            do {
                _ = try reader.read(
                    bytes: text, fileName: "t.yaml", project: nil, origin: TaskOrigin(.inbox), now: Sources.now)
                #expect(words == nil)
            } catch {
                #expect(error.description.contains(words ?? "nothing"), "\(error)")
            }
        }
        // Another way in has a rule of its own.
        let rest: JSONValue = [
            "goal": "x", "workspace": .string(sources.directory.path.string), "verify": [["run": "ls"]],
        ]
        #expect(try reader.read(json: rest, origin: TaskOrigin(.rest), now: Sources.now).verify.count == 1)
        #expect(throws: TaskSourceError.self) {
            try TaskSourceReader(workspaces: sources.policy)
                .read(json: rest, origin: TaskOrigin(.webhook), now: Sources.now)
        }
    }
}
