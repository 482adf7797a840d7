import API
import JSON
import Spool
import Testing

extension APITests {
    /// `GET /api/tasks/{id}?wait=SECONDS`.
    @Suite struct TaskWaitTests {
        @Test func wait_answersAtOnce_whenTheTaskHasEnded() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.changed)
                let answer = try await api.request("GET", "/api/tasks/\(id)?wait=600")
                #expect(answer.json["task"]?["status"] == "completed")
                #expect(answer.headers["connection"] == nil)
            }
        }

        @Test(arguments: [true, false])
        func wait_answersAsSoonAsTheTaskEnds_whoeverEndsIt(byHand: Bool) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                async let answer = api.request("GET", "/api/tasks/\(id)?wait=600")
                while await api.observer.subscriberCount == 0 { await Task.yield() }
                // It must not answer for what happens to the task before its end, nor to others.
                let other = try api.files.ended(.error)
                try api.spool.hold(id)
                if byHand {
                    try api.files.rename(id, from: .running, to: .failed)
                } else {
                    try api.spool.finish(id, from: .running, as: TaskEnding(verdict: .error, reason: "no"))
                }
                let task = try await answer.json["task"]
                #expect(task?["state"] == "failed")
                #expect(task?["id"]?.string == id.rawValue)
                #expect(other != id)
            }
        }

        @Test func wait_answersWithTheTaskAsItIs_whenTheTimeIsUp() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                let answer = try await api.request("GET", "/api/tasks/\(id)?wait=1")
                expectStatus(200, answer)
                #expect(answer.json["task"]?["status"] == "running")
                #expect(answer.headers["connection"] == "close")
            }
        }

        @Test func wait_is404_whenTheTaskIsDeletedMeanwhile() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                async let answer = api.request("GET", "/api/tasks/\(id)?wait=600")
                while await api.observer.subscriberCount == 0 { await Task.yield() }
                try api.spool.remove(id)
                expectStatus(404, try await answer)
                expectStatus(404, try await api.request("GET", "/api/tasks/\(id)?wait=5"))
            }
        }

        @Test func wait_endsWithTheDaemon() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send("GET", "/api/tasks/\(id)?wait=600")
                while await api.observer.subscriberCount == 0 { await Task.yield() }
                await api.shutDown()
                let answer = try await connection.answer()
                expectStatus(200, answer)
                #expect(answer.json["task"]?["status"] == "running")
            }
        }

        @Test func wait_endsWithItsClient() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                do {
                    let connection = try await HTTPConnection(port: api.port)
                    try await connection.send("GET", "/api/tasks/\(id)?wait=600")
                    while await api.observer.subscriberCount == 0 { await Task.yield() }
                }
                while await api.observer.subscriberCount > 0 { await Task.yield() }
            }
        }

        @Test(arguments: ["0", "601", "-1", "soon", "", "1.5"])
        func waitThatIsNoTime_is400(text: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                let answer = try await api.request("GET", "/api/tasks/\(id)?wait=\(text)")
                expectStatus(400, answer)
                #expect(answer.json["errors"]?[0]?["parameter"] == "wait")
            }
        }
    }
}
