import JSON
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

@Suite struct RestBodyTests {
    private let sources: Sources
    private let directory: String

    init() throws {
        sources = try Sources()
        directory = sources.directory.path.string
    }

    @Test func body_isRead() throws {
        let task = try sources.read(json: [
            "name": "fix-typo", "workspace": .string(directory), "goal": "Fix it", "model": nil, "metadata": ["a": 1],
        ])
        #expect(task.name == "fix-typo")
        #expect(task.workspace == sources.directory.path)
        #expect(task.goal == "Fix it")
        #expect(task.metadata == ["a": 1])
        #expect(task.origin.kind == .rest)
    }

    @Test(arguments: [nil, "", "  "] as [String?])
    func name_isUntitled_ifThereIsNone(_ name: String?) throws {
        let task = try sources.read(json: ["name": JSONValue(name), "workspace": .string(directory), "goal": "g"])
        #expect(task.name == "Untitled task")
    }

    @Test func blankSession_isNone() throws {
        let task = try sources.read(json: ["sessionId": "", "workspace": .string(directory), "goal": "g"])
        #expect(task.sessionID == nil)
    }

    @Test func workspace_isRequired_withoutSession() {
        #expect(
            sources.fault(json: ["goal": "g"])
                == ["/workspace missing; give the absolute path of a directory, or a sessionId"])
        #expect(
            sources.fault(json: ["goal": "g", "workspace": " "])
                == ["/workspace missing; give the absolute path of a directory, or a sessionId"])
        #expect(
            sources.fault(json: ["goal": "g", "sessionId": "ses_1"])
                == ["/workspace missing, and the directory of the session is not known; give its absolute path"])
    }

    @Test func workspace_isTheSessions_ifTheCallerKnowsIt() throws {
        let inner = try sources.directory.makeDirectory("inner")
        let task = try sources.read(json: ["goal": "g", "session_id": "ses_1"], session: inner)
        #expect(task.workspace == inner)
        #expect(task.sessionID == "ses_1")
    }

    @Test func faults_haveTheirPointers() {
        #expect(
            sources.fault(json: ["priority": "x", "a/b~c": 1, "cwd": "rel"]) == [
                "/a~1b~0c unknown key; the keys are name, workspace, goal, sessionId, model, agent, variant, priority, "
                    + "not_before, expires, after, key, timeout_s, stall_s, max_turns, max_cost, max_tokens, "
                    + "max_files, max_bytes, allow_paths, verify, permissions, workspace_shared, worktree, notify, metadata",
                "/cwd \"rel\" is not absolute; begin it with / or ~/",
                "/goal missing; say what is to be done",
                "/priority should be a whole number from 0 to 9, but is \"x\"",
            ])
    }

    @Test(arguments: [[1], "text", nil, 3] as [JSONValue])
    func otherThanAnObject_isRefused(_ body: JSONValue) {
        #expect(sources.fault(json: body)?.first?.hasPrefix(" should be an object {…}, but is ") == true)
    }

    @Test func goal_isVerbatim_andWithoutControlCharacters() throws {
        let goal = "  a\tb\n\n# c  \n"
        let task = try sources.read(json: ["goal": .string(goal), "workspace": .string(directory)])
        #expect(task.goal == goal)
        #expect(
            sources.fault(json: ["goal": "a\n\u{0}", "workspace": .string(directory)])
                == ["/goal has the control character U+0000 in its line 2; remove it"])
    }
}
