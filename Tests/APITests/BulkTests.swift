import API
import JSON
import Spool
import Testing

extension APITests {
    /// `POST /api/tasks/bulk`, archiving, and the two switches.
    @Suite struct BulkTests {
        private func outcomes(_ answer: HTTPAnswer) -> [String: String] {
            var found: [String: String] = [:]
            for task in answer.json["tasks"]?.array ?? [] {
                found[task["taskId"]?.string ?? ""] = task["outcome"]?.string
            }
            return found
        }

        @Test func bulk_doesItToAllThatFit_andSaysSoForEach() async throws {
            try await RunningAPI.with { api in
                let late = try api.files.ended(.timeout)
                let later = try api.files.ended(.timeout)
                let wrong = try api.files.ended(.error)
                let body: JSONValue = ["action": "retry", "filter": ["verdict": "timeout"]]
                let answer = try await api.request("POST", "/api/tasks/bulk", json: body)
                #expect(outcomes(answer) == [late.rawValue: "done", later.rawValue: "done"])
                #expect(answer.json["next_cursor"] == .null)
                #expect(Set(try api.spool.list(.new)) == [late, later])
                #expect(try api.spool.list(.failed) == [wrong])
            }
        }

        @Test func namedTasks_areChanged_andWhatIsNotThereRefuses() async throws {
            try await RunningAPI.with { api in
                let one = try api.files.submit()
                let other = try api.files.submit()
                let ended = try api.files.ended(.error)
                let body: JSONValue = [
                    "action": "hold", "ids": [.string(one.rawValue), .string(ended.rawValue), "gone"],
                ]
                let answer = try await api.request("POST", "/api/tasks/bulk", json: body)
                #expect(outcomes(answer) == [one.rawValue: "done", ended.rawValue: "refused", "gone": "refused"])
                #expect(try api.spool.snapshot(one).isHeld && !api.spool.snapshot(other).isHeld)
            }
        }

        @Test(
            arguments: [
                ["ids": []], ["ids": "x"], ["ids": ["../x"]], ["ids": ["x"], "filter": ["state": "new"]],
                ["ids": ["x"], "limit": 3],
            ] as [JSONObject])
        func wrongNames_are400(body: JSONObject) async throws {
            try await RunningAPI.with { api in
                var body = body
                body["action"] = "hold"
                expectStatus(400, try await api.request("POST", "/api/tasks/bulk", json: .object(body)))
            }
        }

        @Test func dryRun_saysWhatWouldBeDone_andDoesNothing() async throws {
            try await RunningAPI.with { api in
                let waiting = try api.files.submit()
                let ended = try api.files.ended(.error)
                let filter: JSONValue = ["state": "new,failed"]
                let dry = try await api.request(
                    "POST", "/api/tasks/bulk", json: ["action": "hold", "filter": filter, "dry_run": true])
                #expect(outcomes(dry) == [waiting.rawValue: "would-be-done", ended.rawValue: "refused"])
                #expect(try !api.spool.snapshot(waiting).isHeld)
                let real = try await api.request(
                    "POST", "/api/tasks/bulk", json: ["action": "hold", "filter": filter])
                #expect(outcomes(real) == [waiting.rawValue: "done", ended.rawValue: "refused"])
                let refused = try #require(real.json["tasks"]?.array?.first { $0["outcome"] == "refused" })
                #expect(refused["problem"] == "wrong-state")
                #expect(try api.spool.snapshot(waiting).isHeld)
            }
        }

        @Test func bulk_isBounded_andGoesOnAtItsCursor() async throws {
            try await RunningAPI.with { api in
                for number in 0..<7 { try api.files.submit("task \(number)") }
                var request: JSONObject = ["action": "delete", "filter": ["state": "new"], "limit": 3]
                var counts: [Int] = []
                repeat {
                    let answer = try await api.request("POST", "/api/tasks/bulk", json: .object(request))
                    counts.append(outcomes(answer).values.filter { $0 == "done" }.count)
                    request["cursor"] = answer.json["next_cursor"]
                } while request["cursor"] != .null && counts.count < 10
                #expect(counts == [3, 3, 1])
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test(
            arguments: [
                [:], [], ["action": "retry"], ["action": "retry", "filter": [:]],
                ["action": "burn", "filter": ["q": "x"]],
                ["action": "retry", "filter": ["colour": "red"]], ["action": "retry", "filter": ["state": "gone"]],
                ["action": "retry", "filter": ["state": 1]], ["action": "retry", "filter": ["q": "x"], "limit": 0],
                ["action": "retry", "filter": ["q": "x"], "limit": 1001],
                ["action": "retry", "filter": ["q": "x"], "x": 1],
                ["action": "retry", "filter": ["q": "x"], "dry_run": "yes"],
                ["action": "retry", "filter": ["q": "x"], "cursor": "here"],
            ] as [JSONValue])
        func bodyThatIsNoBulk_is400(body: JSONValue) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.error)
                let answer = try await api.request("POST", "/api/tasks/bulk", json: body)
                expectStatus(400, answer)
                #expect(answer.json["errors"]?[0]?["pointer"]?.string != nil)
                #expect(try api.spool.list(.failed) == [id])
            }
        }

        @Test func archive_leavesATaskOutOfLists_andUnarchiveShowsItAgain() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.changed)
                let archived = try await api.request("POST", "/api/tasks/\(id)/archive")
                #expect(archived.json["status"] == "archived")
                #expect(try await api.request("GET", "/api/tasks").json["tasks"] == [])
                let shown = try await api.request("POST", "/api/tasks/\(id)/unarchive")
                #expect(shown.json["status"] == "completed")
                expectStatus(200, try await api.request("POST", "/api/tasks/\(id)/unarchive"))
                #expect(try await api.request("GET", "/api/tasks").json["tasks"]?.array?.count == 1)
                let waiting = try api.files.submit()
                expectStatus(409, try await api.request("POST", "/api/tasks/\(waiting)/archive"))
                expectStatus(409, try await api.request("POST", "/api/tasks/\(waiting)/unarchive"))
            }
        }

        @Test(arguments: [("pause", "paused"), ("closed", "closed")])
        func switches_areTheFilesOfTheirNames(name: String, member: String) async throws {
            try await RunningAPI.with { api in
                let file = name == "pause" ? api.spool.paths.pause : api.spool.paths.closed
                #expect(try await api.request("GET", "/api/\(name)").json[member] == false)
                for _ in 0..<2 {
                    #expect(try await api.request("PUT", "/api/\(name)").json[member] == true)
                    #expect(try api.spool.readFile(file, limit: 1) == [])
                }
                #expect(try await api.request("GET", "/api/\(name)").json[member] == true)
                #expect(try await api.request("GET", "/readyz").json["spool"]?[member] == true)
                let posted = try await api.request("POST", "/api/tasks", json: api.body())
                #expect(posted.status == (name == "closed" ? 503 : 200))
                for _ in 0..<2 { #expect(try await api.request("DELETE", "/api/\(name)").json[member] == false) }
                #expect(try api.spool.readFile(file, limit: 1) == nil)
            }
        }
    }
}
