import JSON
import Spool
import SystemPackage
import TestSupport
import Testing

@testable import TaskSource

/// `notify` of a task, in every form that it may have, and in forms that it may not.
@Suite struct NotifyTests {
    private let sources: Sources

    init() throws { sources = try Sources() }

    private func spec(_ notify: String) throws -> TaskSpec {
        try sources.read(json: [
            "workspace": .string(sources.directory.path.string), "goal": "g", "notify": try JSONValue(parsing: notify),
        ])
    }

    private func complaint(_ notify: String) -> String {
        do {
            _ = try spec(notify)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func notify_isAURL_orAListOfThem() throws {
        let url = "https://a.example/x"
        #expect(try spec(#""https://a.example/x""#).notify == [TaskNotification(url: url)])
        #expect(
            try spec(
                """
                ["\(url)", {"url": "http://b.example", "events": ["TASK_FAILED"], "format": "ntfy"},
                 {"url": "http://c.example", "events": "*"}]
                """
            ).notify == [
                TaskNotification(url: url),
                TaskNotification(url: "http://b.example", events: [.failed], format: .ntfy),
                TaskNotification(url: "http://c.example"),
            ])
        #expect(try spec("null").notify.isEmpty)
        #expect(try spec("[]").notify.isEmpty)
    }

    @Test func notify_isWritten_andReadBack() throws {
        let spec = try spec(#"[{"url": "http://b.example", "events": ["TASK_FAILED"], "format": "ntfy"}]"#)
        #expect(TaskSpec(json: spec.json)?.notify == spec.notify)
        var damaged = try #require(spec.json.object)
        damaged["notify"] = [["url": "http://b.example", "format": "pigeon"]]
        #expect(TaskSpec(json: .object(damaged)) == nil)
    }

    @Test(arguments: [
        ("17", "should be a URL"), (#""ftp://a.example""#, "http:// or https://"),
        (#""https://me:hunter2@a.example""#, "no user or password"), (#"[{"events": "*"}]"#, "has no url"),
        (#"[{"url": "http://a", "events": ["TASK_DELETED"]}]"#, "TASK_CREATED"),
        (#"[{"url": "http://a", "format": "pigeon"}]"#, "openloom, slack, discord, ntfy"),
        (#"[{"url": "http://a", "secret": "hunter2"}]"#, "a task holds no secrets"),
        ("[" + Array(repeating: #""http://a""#, count: 11).joined(separator: ",") + "]", "at most 10"),
    ])
    func notify_thatCantBe_isSaidToBe(text: String, expected: String) {
        let complaint = complaint(text)
        #expect(complaint.contains(expected), "\(complaint)")
        #expect(complaint.contains("notify") && !complaint.contains("hunter2"))
    }
}
