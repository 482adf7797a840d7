import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    /// `ETag`, `If-None-Match` and `If-Match`.
    @Suite struct TaskConditionTests {
        private func tag(_ answer: HTTPAnswer) throws -> String { try #require(answer.headers["etag"]) }

        @Test func task_isNotSentAgain_untilAnythingOfItChanges() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let path = "/api/tasks/\(id)"
                var known = try tag(try await api.request("GET", path))
                let changes: [@Sendable () throws -> Void] = [
                    { try api.spool.hold(id) }, { try api.spool.release(id) },
                    { _ = try api.spool.claim(id, owner: TemporarySpool.node) },
                    {
                        let task = api.spool.paths.task(id, in: .running)
                        try makeDirectory(task.asks)
                        try DurableFile.write("{}", to: task.asks.appending("per_1.json"))
                    },
                    { try DurableFile.write("{\"a\": 1}", to: api.spool.paths.task(id, in: .running).activity) },
                    {
                        let ending = TaskEnding(verdict: .changed, reason: "")
                        try api.spool.finish(id, from: .running, as: ending)
                    },
                    { try api.spool.archive(id) },
                ]
                for change in changes {
                    let same = try await api.request("GET", path, headers: [("If-None-Match", known)])
                    expectStatus(304, same)
                    #expect(same.body.isEmpty)
                    #expect(same.headers["etag"] == known)
                    try change()
                    let other = try await api.request("GET", path, headers: [("If-None-Match", known)])
                    expectStatus(200, other)
                    known = try tag(other)
                }
            }
        }

        @Test(arguments: ["*", "W/$", "\"x\", $", " $ ,\"y\""])
        func conditions_areReadAsRFC9110HasThem(condition: String) async throws {
            try await RunningAPI.with { api in
                let path = "/api/tasks/\(try api.files.submit())"
                let known = try tag(try await api.request("GET", path))
                let header = condition.replacing("$", with: known)
                expectStatus(304, try await api.request("GET", path, headers: [("If-None-Match", header)]))
                expectStatus(200, try await api.request("GET", path, headers: [("If-None-Match", "\"x\"")]))
                expectStatus(404, try await api.request("GET", "/api/tasks/no", headers: [("If-None-Match", "*")]))
            }
        }

        @Test func page_isNotSentAgain_untilATaskChanges_comesOrGoes() async throws {
            try await RunningAPI.with { api in
                var ids: [TaskID] = []
                for number in 0..<4 { ids.append(try api.files.submit("task \(number)")) }
                // Two of three that fit, and one before them that does not.
                try api.spool.hold(ids[3])
                for path in [
                    "/api/tasks?state=pending&limit=2", "/api/tasks?limit=10", "/api/tasks?limit=2&sort=created",
                ] {
                    var known = try tag(try await api.request("GET", path))
                    #expect(known.hasPrefix("W/"))
                    let changed = ids[path.contains("sort") ? 0 : 2]
                    let changes: [@Sendable () throws -> Void] = [
                        { try api.spool.hold(changed) }, { try api.spool.release(changed) },
                    ]
                    for change in changes {
                        expectStatus(304, try await api.request("GET", path, headers: [("If-None-Match", known)]))
                        try change()
                        let other = try await api.request("GET", path, headers: [("If-None-Match", known)])
                        expectStatus(200, other)
                        known = try tag(other)
                    }
                    if path.contains("sort") { continue }
                    let new = try api.files.submit("a new one")
                    let other = try await api.request("GET", path, headers: [("If-None-Match", known)])
                    expectStatus(200, other)
                    known = try tag(other)
                    try api.spool.remove(new)
                    expectStatus(200, try await api.request("GET", path, headers: [("If-None-Match", known)]))
                }
            }
        }

        @Test func lastPage_isSentAgain_whenATaskIsAddedBehindIt() async throws {
            try await RunningAPI.with { api in
                try api.files.submit("one")
                let path = "/api/tasks?sort=created&limit=5"
                let known = try tag(try await api.request("GET", path))
                expectStatus(304, try await api.request("GET", path, headers: [("If-None-Match", known)]))
                try api.files.submit("two")
                expectStatus(200, try await api.request("GET", path, headers: [("If-None-Match", known)]))
            }
        }

        @Test func mutation_isRefused_whenTheTaskIsNotWhatTheCallerSaw() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let path = "/api/tasks/\(id)"
                let old = try tag(try await api.request("GET", path))
                try api.spool.hold(id)
                for (method, target) in [("POST", "\(path)/abort"), ("DELETE", path)] {
                    let refused = try await api.request(method, target, headers: [("If-Match", old)])
                    expectStatus(412, refused)
                    #expect(refused.json["type"] == "urn:openloom:problem:precondition-failed")
                }
                #expect(try !api.spool.snapshot(id).isCancelling)
                let new = try tag(try await api.request("GET", path))
                expectStatus(200, try await api.request("POST", "\(path)/release", headers: [("If-Match", new)]))
                expectStatus(200, try await api.request("DELETE", path, headers: [("If-Match", "*")]))
                expectStatus(404, try await api.request("DELETE", path, headers: [("If-Match", "*")]))
            }
        }
    }
}
