import JSON
import SystemPackage
import Testing

@testable import Spool

@Suite struct VerifyCheckTests {
    static let checks: [JSONValue] = [
        ["exists": "a/b.txt"], ["absent": "tmp", "name": "no rubbish"],
        ["contains": ["path": "a", "text": "x \"y\""]], ["contains": ["path": "a", "regex": "^v\\d+$"]],
        ["changed": ["src", "*.md"]], ["unchanged": ["tests/**"]],
        ["json": ["path": "package.json", "pointer": "/a~1b/0", "equals": ["x": 1.5]]],
        ["run": "make test", "timeout_s": 300.0, "output_limit": 262_144],
        [
            "name": "tests", "run": ["make", "-C", "x"], "cwd": "sub", "timeout_s": 0.5, "output_limit": 2048,
            "env": ["CI"], "user": "nobody", "from": "named",
        ],
    ]

    @Test(arguments: checks)
    func check_isWrittenAsItWasRead(json: JSONValue) throws {
        #expect(try VerifyCheck(json: json, isOurs: true).json == json)
    }

    @Test(
        arguments: [
            (["exists": "/etc/passwd"], "relative to the workspace"), (["exists": "~/x"], "relative to the workspace"),
            (["exists": "a/../../b"], "leads out of the workspace"), (["unchanged": ["ok", ".."]], "leads out"),
            (["run": "true", "cwd": "../x"], "leads out"), (["exists": "."], "a path in the workspace"),
            (["exists": 7], "put it in quotes"), (["exists": ""], "is empty"), (["exists": "a\nb"], "one line"),
            (["exists": "a", "absent": "b"], "exists and absent at once"), (["name": "x"], "should have one of"),
            (["exist": "a"], "unknown key \"exist\""), (["exists": "a", "timeout_s": 5], "unknown key \"timeout_s\""),
            (["contains": ["path": "a"]], "either text or regex"),
            (["contains": "a"], "a mapping with path, text, regex"),
            (["contains": ["path": "a", "regex": "("]], "without its )"), (["changed": []], "a list of 1 to 100"),
            (["json": ["path": "a", "pointer": "x", "equals": 1]], "a JSON pointer"),
            (["json": ["path": "a"]], "no equals"),
            (["json": ["path": "a", "pointer": "/~2", "equals": 1]], "a JSON pointer"),
            (["run": []], "a program and its arguments"), (["run": "  "], "is empty"),
            (["run": "x", "timeout_s": 0], "0.1 to 86400"), (["run": "x", "env": ["A=B"]], "names of variables"),
            (["run": "x", "output_limit": 1], "1024 to"), (["exists": "a", "from": "task"], "unknown key \"from\""),
            ("tests", "should be a mapping"),
        ] as [(JSONValue, String)])
    func whatIsNoCheck_isRefusedWithAReason(json: JSONValue, words: String) {
        #expect {
            try VerifyCheck(json: json)
        } throws: { error in
            (error as? VerifyCheck.Problem)?.message.contains(words) == true
        }
    }

    @Test func taskJSON_withOtherChecksThanWereAccepted_isDamaged() throws {
        var spec = TaskSpec(
            name: "n", workspace: "/w", goal: "g", created: Timestamp(milliseconds: 0), origin: TaskOrigin(.cli))
        spec.verify = [VerifyCheck(.exists(path: "a")), VerifyCheck(.run(VerifyCommand(.shell("make"))))]
        #expect(TaskSpec(json: spec.json) == spec)
        #expect(!TaskSpec.hasForeignChecks(spec.json))

        var changed = try #require(spec.json.object)
        changed["verify"] = [["exists": "b"]]
        var emptied = try #require(spec.json.object)
        emptied["verify"] = nil
        var unsigned = try #require(spec.json.object)
        unsigned["verify_sha256"] = nil
        for json in [JSONValue.object(changed), .object(unsigned)] {
            #expect(TaskSpec(json: json) == nil)
            #expect(TaskSpec.hasForeignChecks(json))
        }
        #expect(TaskSpec.hasForeignChecks(.object(emptied)))
        #expect(TaskSpec(json: .object(emptied)) == nil)
    }
}
