import API
import JSON
import Spool
import Testing

extension APITests {
    /// `Idempotency-Key`.
    @Suite struct IdempotencyTests {
        private let key = [("Idempotency-Key", "order-4711")]

        @Test func sameKeyAndBody_isTheSameTask() async throws {
            try await RunningAPI.with { api in
                async let one = api.request("POST", "/api/tasks", headers: key, json: api.body())
                async let two = api.request("POST", "/api/tasks", headers: key, json: api.body())
                let answers = try await [one, two]
                #expect(answers.map(\.status) == [200, 200])
                #expect(answers[0].json["taskId"] == answers[1].json["taskId"])
                let id = try #require(answers[0].json["taskId"]?.string.flatMap { TaskID($0) })
                #expect(try api.spool.list(.new) == [id])
                #expect(try api.spool.readSpec(id, in: .new)?.key == "order-4711")
                // It is in the tree: another daemon, or this one after a restart, knows it as well.
                _ = try api.spool.claim(id, owner: TemporarySpool.node)
                try api.spool.finish(id, from: .running, as: TaskEnding(verdict: .changed, reason: ""))
                let late = try await api.request(
                    "POST", "/api/tasks", headers: [("Idempotency-Key", "\"order-4711\"")], json: api.body())
                #expect(late.json["taskId"]?.string == id.rawValue)
                #expect(late.json["status"] == "completed")
            }
        }

        @Test(arguments: [1, 3000, 2_000_000])
        func sameKeyAndOtherBody_is422(length: Int) async throws {
            try await RunningAPI.with { api in
                _ = try await api.request("POST", "/api/tasks", headers: key, json: api.body())
                let other = api.body("Another", ["goal": .string(String(repeating: "x", count: length))])
                let answer = try await api.request("POST", "/api/tasks", headers: key, json: other)
                expectStatus(422, answer)
                #expect(answer.json["type"] == "urn:openloom:problem:key-reused")
                #expect(try api.spool.list(.new).count == 1)
            }
        }

        @Test func keyOfTheBody_mustNotContradict() async throws {
            try await RunningAPI.with { api in
                let body = api.body("One", ["key": "order-4711"])
                expectStatus(200, try await api.request("POST", "/api/tasks", headers: key, json: body))
                let other = api.body("Two", ["key": "another"])
                expectStatus(422, try await api.request("POST", "/api/tasks", headers: key, json: other))
                #expect(try api.spool.list(.new).count == 1)
            }
        }

        @Test func deletedTask_givesItsKeyFree() async throws {
            try await RunningAPI.with { api in
                let first = try await api.request("POST", "/api/tasks", headers: key, json: api.body())
                try api.spool.remove(try #require(first.json["taskId"]?.string.flatMap { TaskID($0) }))
                let other = try await api.request("POST", "/api/tasks", headers: key, json: api.body("Other"))
                expectStatus(200, other)
            }
        }

        @Test func keyThatIsNone_is400() async throws {
            try await RunningAPI.with { api in
                let long = String(repeating: "k", count: 201)
                for headers in [[("Idempotency-Key", "two words")], [("Idempotency-Key", long)], key + key] {
                    let answer = try await api.request("POST", "/api/tasks", headers: headers, json: api.body())
                    expectStatus(400, answer)
                    #expect(answer.json["type"] == "urn:openloom:problem:invalid-header")
                }
                #expect(try api.spool.list(.new).isEmpty)
            }
        }
    }
}
