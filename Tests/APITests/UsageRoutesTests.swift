import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct UsageRoutesTests {
        /// An ended task with a `result.json` as a daemon writes it, that ended at a moment of 2026.
        private static func ended(
            _ api: RunningAPI, _ session: String, at moment: String, model: String, input: Int, cost: Double
        ) throws {
            let id = try api.files.running()
            let tokens: JSONValue = [
                "input": .int(input), "output": 20, "reasoning": 5, "cache": ["read": 50, "write": 7],
            ]
            let result: JSONObject = [
                "session": .string(session), "workspace": .string("/w/\(session)"),
                "usage": [
                    "steps": 1, "tokens": .int(input + 25), "cost": .double(cost), "model": .string(model),
                    "models": [["model": .string(model), "steps": 1, "tokens": tokens, "cost": .double(cost)]],
                ],
            ]
            try api.spool.finish(
                id, from: .running, as: TaskEnding(verdict: .changed, reason: "", result: result))
            // The ending's own time is now; this one is the test's.
            let paths = api.spool.paths.task(id, in: .done)
            var object = try #require(try api.spool.readJSON(paths.result)?.object)
            object["ended"] = .string(moment)
            try DurableFile.write(JSONValue.object(object).pretty, to: paths.result)
        }

        private static func with(_ body: @escaping @Sendable (RunningAPI) async throws -> Void) async throws {
            try await RunningAPI.with { api in
                try ended(api, "ses_1", at: "2026-03-02T12:00:00.000Z", model: "p/a", input: 100, cost: 0.5)
                try ended(api, "ses_2", at: "2026-03-02T13:00:00.000Z", model: "p/b", input: 10, cost: 0.25)
                try ended(api, "ses_1", at: "2026-03-12T12:00:00.000Z", model: "p/a", input: 100, cost: 1)
                try ended(api, "ses_1", at: "2026-04-12T12:00:00.000Z", model: "p/a", input: 100, cost: 2)
                try await body(api)
            }
        }

        private static func keys(_ api: RunningAPI, _ query: String) async throws -> [String: Double] {
            let answer = try await api.request("GET", "/api/usage\(query)")
            expectStatus(200, answer)
            return Dictionary(
                uniqueKeysWithValues: (answer.json["groups"]?.array ?? []).compactMap { row in
                    row["key"]?.string.map { ($0, row["cost"]?.double ?? -1) }
                })
        }

        @Test func usage_isSummedByDayWeekMonthModelAndWorkspace() async throws {
            try await Self.with { api in
                let days = try await Self.keys(api, "")
                #expect(days == ["2026-03-02": 0.75, "2026-03-12": 1, "2026-04-12": 2])
                // The 2nd of March is a Monday; the 12th of April a Sunday.
                #expect(
                    try await Self.keys(api, "?by=week") == ["2026-03-02": 0.75, "2026-03-09": 1, "2026-04-06": 2])
                #expect(try await Self.keys(api, "?by=month") == ["2026-03-01": 1.75, "2026-04-01": 2])
                #expect(try await Self.keys(api, "?by=model") == ["p/a": 3.5, "p/b": 0.25])
                #expect(try await Self.keys(api, "?by=workspace") == ["/w/ses_1": 3.5, "/w/ses_2": 0.25])
            }
        }

        @Test func usage_isBoundedByMoments_theEndNotIncluded() async throws {
            try await Self.with { api in
                let query = "?by=model&from=2026-03-02T13:00:00Z&to=2026-04-12T12:00:00Z"
                #expect(try await Self.keys(api, query) == ["p/a": 1, "p/b": 0.25])
                #expect(try await Self.keys(api, "?by=model&from=2026-04-01") == ["p/a": 2])
                let total = try await api.request("GET", "/api/usage\(query)").json["total"]
                #expect(total?["sessionCount"] == 2)
                #expect(
                    total?["tokens"]
                        == ["input": 110, "output": 40, "reasoning": 10, "cacheRead": 100, "cacheWrite": 14])
                #expect(total?["totalTokens"] == 274)
            }
        }

        @Test func usageByTask_namesTheTasks_thoseThatUsedMostFirst() async throws {
            try await Self.with { api in
                let answer = try await api.request("GET", "/api/usage?by=task&limit=2")
                #expect(answer.json["groups"]?.array?.map { $0["cost"]?.double } == [2, 1])
                #expect(answer.json["groups"]?[0]?["title"] == "a task")
                #expect(answer.json["groups"]?[0]?["taskId"] == answer.json["groups"]?[0]?["key"])
            }
        }

        @Test func usageByDay_countsTasksThatEnded_alsoThoseThatUsedNothing() async throws {
            try await Self.with { api in
                _ = try api.files.ended(.error)
                let groups = try await api.request("GET", "/api/usage").json["groups"]?.array ?? []
                #expect(groups.map { $0["done"]?.int } == [2, 1, 1, 0])
                #expect(groups.map { $0["failed"]?.int } == [0, 0, 0, 1])
            }
        }

        @Test(arguments: ["by=year", "limit=0", "limit=many", "from=yesterday", "to=2026-13-01", "from=2026-1-1"])
        func wrongQuery_is400(query: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/api/usage?\(query)")
                #expect(answer.status == 400)
                #expect(answer.json["errors"]?[0]?["parameter"]?.string == String(query.prefix { $0 != "=" }))
            }
        }

        @Test func periods_ofTheState_haveOpenLoomsForm() async throws {
            try await Self.with { api in
                let now = Timestamp.now().iso8601
                try Self.ended(api, "ses_7", at: now, model: "p/a", input: 50, cost: 0.125)
                let periods = try await api.request("GET", "/api/state").json["usage"]?["periods"]
                let total = periods?["total"]
                #expect(total?["totalCost"] == 3.875)
                #expect(total?["sessionCount"] == 3)
                #expect(total?["byModel"]?[0]?["model"] == "p/a")
                #expect(total?["byModel"]?[0]?["providerID"] == "p")
                #expect(total?["topSessions"]?[0]?["id"] == "ses_1")
                #expect(total?["topSessions"]?[0]?["title"] == "a task")
                for name in ["today", "week", "month"] {
                    let period = periods?[name]
                    #expect(period?["totalCost"] == 0.125, "\(name)")
                    #expect(period?["cacheEfficiency"] == 0.5, "\(name)")
                    #expect(period?["tokenTotal"] == 132, "\(name)")
                }
            }
        }
    }
}
