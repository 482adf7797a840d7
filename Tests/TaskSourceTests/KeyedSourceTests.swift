import JSON
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing
import YAML

@Suite struct KeyedSourceTests {
    private let sources: Sources

    init() throws { sources = try Sources() }

    @Test func everyKey_isRead_fromYAML() throws {
        let text = """
            name: fix-typo
            workspace: \(sources.directory.path)
            goal: |
              Fix the typo.
              Then stop.
            sessionId: ses_1
            model: anthropic/claude/x
            agent: build
            variant: high
            priority: 9
            not_before: 2026-11-23T09:30:00+01:00
            expires: 2h30m
            after: [one, {task: two, on: any}, {task: three, on: failed}, {task: four}]
            key: k-1
            timeout_s: 90.5
            stall_s: 60
            max_turns: 20
            max_cost: 2
            max_tokens: 100000
            max_files: 0
            max_bytes: 1000
            allow_paths: [src, 'docs/**']
            permissions: {bash: deny, "*": ask}
            workspace_shared: true
            metadata: {ticket: 007, nested: {a: [1, ~, yes]}}
            """
        var expected = TaskSpec(
            name: "fix-typo", workspace: sources.directory.path, goal: "Fix the typo.\nThen stop.\n",
            created: Sources.now,
            origin: TaskOrigin(.inbox, source: "t.yaml"))
        expected.sessionID = "ses_1"
        expected.model = "anthropic/claude/x"
        expected.agent = "build"
        expected.variant = "high"
        expected.priority = 9
        expected.notBefore = Timestamp(iso8601: "2026-11-23T08:30:00Z")
        expected.expires = Sources.now.adding(seconds: 9000)
        expected.after = [
            "one", TaskDependency("two", on: .any), TaskDependency("three", on: .failed), "four",
        ]
        expected.key = "k-1"
        expected.timeoutSeconds = 90.5
        expected.stallSeconds = 60
        expected.maxTurns = 20
        expected.maxCost = 2
        expected.maxTokens = 100_000
        expected.maxFiles = 0
        expected.maxBytes = 1000
        expected.allowPaths = ["src", "docs/**"]
        expected.permissions = try AskPolicy(json: ["bash": "deny", "*": "ask"])
        expected.workspaceShared = true
        expected.metadata = ["ticket": "007", "nested": ["a": [1, nil, "yes"]]]
        #expect(try sources.read(text, as: "t.yaml") == expected)
        #expect(TaskSpec(json: expected.json) == expected)
    }

    @Test func json_meansTheSame() throws {
        let task = try sources.read(
            "{\"name\": \"n\", \"goal\": \"a\\r\\nb\", \"after\": \"x\", \"priority\": 5.0}", as: "t.json")
        #expect(task.name == "n")
        #expect(task.goal == "a\nb")
        #expect(task.after == ["x"])
        #expect(task.priority == 5)
    }

    @Test func name_isTheStem_ifNoneIsGiven() throws {
        #expect(try sources.read("goal: g", as: "nightly build.yml").name == "nightly build")
        #expect(try sources.read("{\"goal\": \"g\"}", as: "nightly.json").name == "nightly")
    }

    /// OpenLoom 0.17 ran a file with `cwd` in the server's own folder.
    @Test func aliases_meanTheirKey() throws {
        let inner = try sources.directory.makeDirectory("inner")
        let task = try sources.read("title: t\ncwd: \(inner)\nsession_id: ses_9\ngoal: g", as: "x.yaml")
        #expect(task.name == "t")
        #expect(task.workspace == inner)
        #expect(task.sessionID == "ses_9")
    }

    @Test func alias_besideItsKey_isRefused() {
        #expect(
            sources.fault("title: t\nname: n\ncwd: /\nworkspace: /\ngoal: g", as: "x.yaml") == """
                line 2: name: means the same as title, which is given as well; keep one of them
                line 4: workspace: means the same as cwd, which is given as well; keep one of them
                """
        )
    }

    @Test func key_withoutValue_isNotGiven() throws {
        let task = try sources.read("title: t\nname:\ngoal: g\npriority: ~\nmodel: null", as: "x.yaml")
        #expect(task.name == "t")
        #expect(task.priority == 5)
        #expect(task.model == nil)
    }

    @Test func allFaults_areReported_eachWithItsLine() {
        let text = """
            {
              "nmae": "n",
              "goal": "g",
              "workspace":
                "relative",
              "priority": 10,
              "metadata": {"priority": 1},
              "stall\\u005fs": 0
            }
            """
        #expect(
            sources.fault(text, as: "x.json") == """
                line 2: nmae: unknown key; did you mean "name"?
                line 4: workspace: "relative" is not absolute; begin it with / or ~/
                line 6: priority: should be a whole number from 0 to 9, but is 10
                line 8: stall_s: should be a number of seconds above 0 and at most 604800 (7 days), but is 0
                """
        )
    }

    @Test func syntaxFaults_sayWhere() {
        #expect(
            sources.fault("{\"goal\": \"g\",\n}", as: "x.json")
                == "line 2, column 1: a member name in double quotes should be here"
        )
        #expect(sources.fault("[1]", as: "x.json") == "line 1: should be an object {…}, but is a list")
        #expect(sources.fault("- a", as: "x.yaml") == "line 1: should consist of lines \"key: value\", but is a list")
        #expect(
            sources.fault("goal: fix: it", as: "x.yaml")
                == "line 1, column 10: mapping values are not allowed in this context; "
                + "put a value that has a colon and a space in it in quotes"
        )
        #expect(
            sources.fault("goal: a\n---\ngoal: b", as: "x.yaml")
                == "line 2, column 1: a second document begins here; "
                + "put one document in a file, without a line --- inside"
        )
        #expect(
            sources.fault("{\"goal\": 1, \"goal\": 2}", as: "x.json")
                == "line 1, column 13: the name \"goal\" is there twice")
    }

    @Test func bombs_areRefused() {
        let deep = "goal: " + String(repeating: "[", count: 40)
        #expect(sources.fault(deep, as: "x.yaml") == "line 1, column 38: nested more than 32 deep")
        let uses = Array(repeating: "*x", count: 101).joined(separator: ",")
        #expect(sources.fault("a: &x 1\nb: [\(uses)]", as: "x.yaml") == "line 2, column 305: more than 100 aliases")
        let json = String(repeating: "[", count: 100_000)
        #expect(sources.fault("{\"goal\":" + json, as: "x.json") == "line 1, column 72: nested more than 64 deep")
    }

    // MARK: unknown keys

    @Test(
        arguments: [
            ("nmae", "name"), ("Name", "name"), ("prio", "priority"), ("priorty", "priority"), ("timeout", "timeout_s"),
            ("maxTurns", "max_turns"), ("max-tokens", "max_tokens"), ("sessionid", "sessionId"),
            ("notBefore", "not_before"),
            ("workdir", nil), ("work_space", "workspace"), ("permission", "permissions"), ("meta", "metadata"),
            ("goals", "goal"),
            ("colour", nil), ("x", nil), ("titel", "title"), ("", nil),
        ] as [(String, String?)])
    func unknownKey_namesTheNearest(_ key: String, _ near: String?) {
        let all =
            "name, workspace, goal, sessionId, model, agent, variant, priority, not_before, expires, after, key, "
            + "timeout_s, stall_s, max_turns, max_cost, max_tokens, max_files, max_bytes, "
            + "allow_paths, verify, permissions, workspace_shared, worktree, notify, metadata"
        let reason = near.map { "did you mean \"\($0)\"?" } ?? "the keys are \(all)"
        let shown = key.isEmpty ? "\"\"" : key
        #expect(sources.fault("goal: g\n\"\(key)\": 1", as: "x.yaml") == "line 2: \(shown): unknown key; \(reason)")
    }

    @Test func strangeKeys_areShownInQuotes_andCut() throws {
        let fault = try #require(sources.fault("goal: g\n\"a\\e[2J\\nb\": 1", as: "x.yaml"))
        #expect(fault.hasPrefix("line 2: \"a\\u001b[2J\\nb\": unknown key; the keys are "))
        let long = String(repeating: "k", count: 1000)
        #expect(try #require(sources.fault("goal: g\n\(long): 1", as: "x.yaml")).count < 400)
    }

    @Test func problems_areBounded() throws {
        let text = "goal: g\n" + (0..<1000).map { "unknown\($0): 1\n" }.joined()
        let error = #expect(throws: TaskSourceError.self) { try sources.read(text, as: "x.yaml") }
        #expect(error?.problems.count == TaskSourceError.most)
        #expect(error?.problems.last?.message == "there are 951 more problems")
    }

    @Test(arguments: [
        ("verify_sha256", "is set when the task is accepted; remove the key"),
        ("created", "is set when the task is accepted; remove the key"),
        ("origin", "is set when the task is accepted; remove the key"),
    ])
    func keysWithoutEffect_areRefused(_ key: String, _ reason: String) {
        #expect(sources.fault("goal: g\n\(key): []", as: "x.yaml") == "line 2: \(key): \(reason)")
        #expect(sources.fault("goal: g\n\(key):", as: "x.yaml") == "line 2: \(key): \(reason)")
    }

    // MARK: values

    @Test(arguments: [
        ("name: ''", "name: is empty; give it a value, or remove the key"),
        ("name: 12", "name: should be a text, but is 12; put it in quotes"),
        ("name: \"a\\nb\"", "name: should be one line without control characters, but is \"a\\nb\""),
        (
            "name: \(String(repeating: "n", count: 201))",
            "name: has 201 characters; at most 200 are allowed, shorten it"
        ),
        ("name: [a]", "name: should be a text, but is a list"),
        ("key: \(String(repeating: "k", count: 201))", "key: has 201 characters; at most 200 are allowed, shorten it"),
        ("sessionId: ../x", "sessionId: should be the id of a session, such as ses_0123abc, but is \"../x\""),
        ("model: gpt", "model: should be provider/model, but is \"gpt\""),
        ("model: /gpt", "model: should be provider/model, but is \"/gpt\""),
        ("priority: -1", "priority: should be a whole number from 0 to 9, but is -1"),
        ("priority: 1.5", "priority: should be a whole number from 0 to 9, but is 1.5"),
        ("priority: '5'", "priority: should be a whole number from 0 to 9, but is \"5\""),
        ("priority: 1e300", "priority: should be a whole number from 0 to 9, but is 1e+300"),
        (
            "not_before: +30m",
            "not_before: should be a moment such as 2026-11-23T09:30:00Z or 2026-11-23T09:30:00+01:00, but is \"+30m\""
        ),
        (
            "not_before: 2026-02-31T00:00:00Z",
            "not_before: should be a moment such as 2026-11-23T09:30:00Z or 2026-11-23T09:30:00+01:00, "
                + "but is \"2026-02-31T00:00:00Z\""
        ),
        ("after: 3", "after: should be the id or name of a task, {task: NAME, on: any}, or a list of these, but is 3"),
        (
            "after: [a, 3]",
            "after: should be the id or name of a task, {task: NAME, on: any}, or a list of these, "
                + "but is a list with something else in it"
        ),
        ("after: {task: a, on: done}", "after: on should be one of ok, any, failed, but is \"done\""),
        ("after: {on: any}", "after: an entry names no task; write {task: NAME, on: any}"),
        ("after: {task: a, when: any}", "after: unknown key \"when\"; known are task and on"),
        (
            "expires: soon",
            "expires: should be a moment such as 2026-11-23T09:30:00Z, or how long the task may wait, such as "
                + "90s, 15m, 1h30m or 2d, but is \"soon\""
        ),
        (
            "expires: 0",
            "expires: should be a moment such as 2026-11-23T09:30:00Z, or how long the task may wait, such as "
                + "90s, 15m, 1h30m or 2d, but is 0"
        ),
        ("timeout_s: 0", "timeout_s: should be a number of seconds above 0 and at most 604800 (7 days), but is 0"),
        (
            "timeout_s: 604801",
            "timeout_s: should be a number of seconds above 0 and at most 604800 (7 days), but is 604801"
        ),
        ("stall_s: 30m", "stall_s: should be a number of seconds above 0 and at most 604800 (7 days), but is \"30m\""),
        ("max_turns: 0", "max_turns: should be a whole number from 1 to 20, but is 0"),
        ("max_turns: 21", "max_turns: should be a whole number from 1 to 20, but is 21"),
        ("max_cost: 0", "max_cost: should be a number above 0, but is 0"),
        ("max_files: -1", "max_files: should be a whole number from 0 to 1000000, but is -1"),
        ("max_bytes: 1 MB", "max_bytes: should be a whole number from 0 to 1125899906842624, but is \"1 MB\""),
        ("allow_paths: []", "allow_paths: names 0 patterns; from 1 to 100 are taken"),
        (
            "allow_paths: /etc",
            "allow_paths: should be relative to the workspace and stay in it, but one is \"/etc\""
        ),
        (
            "allow_paths: [a, ../b]",
            "allow_paths: should be relative to the workspace and stay in it, but one is \"../b\""
        ),
        (
            "allow_paths: [a, 3]",
            "allow_paths: should be a pattern such as docs or src/**/*.swift, or a list of them, but is a list "
                + "with something else in it"
        ),
        ("max_tokens: -5", "max_tokens: should be a whole number above 0, but is -5"),
        ("max_tokens: .inf", "max_tokens: should be a whole number above 0, but is \".inf\""),
        ("permissions: maybe", "permissions: \"maybe\" should be one of allow, ask, deny"),
        ("permissions: {bash: 1}", "permissions: bash: should be one of allow, ask, deny, but is a number"),
        ("permissions: [ask]", "permissions: should be allow, ask or deny, or a mapping of permission names to them"),
        ("workspace_shared: yes", "workspace_shared: should be true or false, but is \"yes\""),
        ("metadata: [1]", "metadata: should be a mapping of your own keys to values, but is a list"),
    ])
    func wrongValue_saysWhatItShouldBe(_ line: String, _ message: String) {
        #expect(sources.fault("goal: g\n\(line)", as: "x.yaml") == "line 2: \(message)")
    }

    @Test func dateAlone_isItsMidnight() throws {
        #expect(
            try sources.read("goal: g\nnot_before: 2026-12-24", as: "x.yaml").notBefore
                == Timestamp(iso8601: "2026-12-24T00:00:00Z"))
    }

    @Test func yamlAsJSON_keepsOrderAndKinds() throws {
        let node = try #require(try parseYAML(Array("b: [1, 2.5, 'x', ~]\na: {c: true}".utf8)))
        #expect(node.json().compact == "{\"b\":[1,2.5,\"x\",null],\"a\":{\"c\":true}}")
    }
}
