import API
import JSON
import Spool
import Testing

extension APITests {
    /// `view=`: how much of a task an answer shows.
    @Suite struct TaskViewTests {
        @Test func brief_leavesOutGoalAndResult_andSaysWhatCameOfIt() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running("Told in brief")
                let result: JSONObject = [
                    "claim": ["text": "Done.", "marker": "complete"], "fact": ["changed": 2, "changes": []],
                    "usage": ["tokens": 128, "cost": 0.5, "model": "p/m"],
                    "checks": [["name": "a", "passed": true], ["name": "b", "passed": false]],
                ]
                try api.spool.finish(
                    id, from: .running, as: TaskEnding(verdict: .unverified, reason: "no", result: result))
                let task = try #require(
                    try await api.request("GET", "/api/tasks?view=brief&limit=5").json["tasks"]?[0])
                #expect(task["id"]?.string == id.rawValue && task["name"] == "Told in brief")
                for name in ["goal", "result", "check_log", "spec"] { #expect(task[name] == nil, "\(name)") }
                #expect(task["verdict"] == "unverified" && task["reason"] == "no")
                #expect(task["outcome"]?["claim"] == "complete" && task["outcome"]?["changed"] == 2)
                #expect(task["outcome"]?["checks"] == ["total": 2, "passed": 1])
                #expect(task["outcome"]?["tokens"] == 128)
                #expect(task["started_at"]?.double ?? 0 <= task["ended_at"]?.double ?? -1)
            }
        }

        @Test func longGoal_isSentWholeOnlyWhereItIsAskedFor() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit("Long", goal: String(repeating: "x", count: 2_000_000))
                let path = "/api/tasks/\(id)"
                #expect(try await api.request("GET", path).body.count > 4_000_000)
                let detail = try await api.request("GET", "\(path)?view=detail")
                #expect(detail.body.count < 20_000)
                #expect(detail.json["task"]?["goal_bytes"] == 2_000_000)
                #expect(detail.json["task"]?["goal"]?.string?.hasSuffix("x…") == true)
                #expect(detail.json["task"]?["goal"] == detail.json["task"]?["spec"]?["goal"])
                #expect(try await api.request("GET", "/api/tasks?view=brief").body.count < 4000)
            }
        }

        @Test(arguments: ["/api/tasks?view=long", "/api/tasks/x?view=", "/api/events?view=x"])
        func unknownView_is400(path: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", path)
                expectStatus(400, answer)
                #expect(answer.json["errors"]?[0]?["parameter"] == "view")
            }
        }

        @Test func briefStream_hasNoSnapshot_andTellsWhereItBegins() async throws {
            try await RunningAPI.with { api in
                try api.files.submit("Before", goal: String(repeating: "x", count: 100_000))
                await api.waitForEvents(1)
                let reader = try await EventReader(api, "/api/events?view=brief")
                let first = try #require(try await reader.next())
                #expect(first.name == "resync" && first.data["store_version"] == 1)
                #expect(try await reader.next()?.name == "status")
                let id = try api.files.submit("After", goal: String(repeating: "y", count: 100_000))
                let event = try #require(try await reader.next())
                #expect(event.name == "task" && event.id == 2)
                #expect(event.data["task"]?["id"]?.string == id.rawValue)
                #expect(event.data["task"]?["goal"] == nil)
            }
        }

        @Test func briefStream_thatCanNotGoOn_saysSo_andSendsNoSnapshot() async throws {
            try await RunningAPI.with { api in
                try api.files.submit()
                await api.waitForEvents(1)
                let reader = try await EventReader(
                    api, "/api/events?view=brief", headers: [("Last-Event-ID", "4711")])
                #expect(try await reader.next()?.name == "resync")
                #expect(try await reader.next()?.name == "status")
            }
        }

        @Test func briefStream_goesOnWhereItEnded() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                try api.files.submit()
                await api.waitForEvents(2)
                let reader = try await EventReader(api, "/api/events?view=brief&after=0")
                let first = try #require(try await reader.next())
                #expect(first.id == 1 && first.data["task_id"]?.string == id.rawValue)
                #expect(try await reader.next()?.id == 2)
            }
        }

        @Test func briefStream_tellsWhatAnAgentDoes_withoutANumber() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                await api.waitForEvents(2)
                let reader = try await EventReader(api, "/api/events?view=brief")
                _ = try await reader.next("status")
                let paths = api.spool.paths.task(id, in: .running)
                try api.spool.show(["message": "I look at the tests", "tool": "bash", "steps": 2], at: paths.activity)
                // The watch itself may have been told of before.
                var event = try #require(try await reader.next("activity"))
                while event.data["task"]?["activity"]?["tool"] != "bash" {
                    event = try #require(try await reader.next("activity"))
                }
                #expect(event.id == nil)
                #expect(event.data["task"]?["activity"]?["message"] == "I look at the tests")
                #expect(event.data["task"]?["id"]?.string == id.rawValue)
            }
        }

        @Test func briefStream_tellsOfTheSwitches_whoeverTurnsThem() async throws {
            try await RunningAPI.with { api in
                let reader = try await EventReader(api, "/api/events?view=brief")
                #expect(try await reader.next("status")?.data["paused"] == false)
                try DurableFile.write("", to: api.spool.paths.pause)
                #expect(try await reader.next("status")?.data["paused"] == true)
                try api.spool.turn(.pause, on: false)
                #expect(try await reader.next("status")?.data["paused"] == false)
            }
        }
    }
}
