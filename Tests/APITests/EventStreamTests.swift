import API
import JSON
import Spool
import Synchronization
import Testing

extension APITests {
    @Suite struct EventStreamTests {
        @Test func stream_beginsWithASnapshot() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                await api.waitForEvents(1)
                let reader = try await EventReader(api)
                #expect(reader.head.status == 200)
                #expect(reader.head.headers["content-type"] == "text/event-stream")
                let first = try #require(try await reader.next())
                #expect(first.name == "snapshot")
                #expect(first.id == 1)
                #expect(first.data["type"] == "snapshot")
                #expect(first.data["store_version"] == 1)
                #expect(first.data["tasks"]?[0]?["id"]?.string == id.rawValue)
            }
        }

        @Test func changesByFunctions_areTold_inOrder() async throws {
            try await RunningAPI.with { api in
                let reader = try await EventReader(api)
                _ = try await reader.next("snapshot")
                let id = try api.files.submit("Told")
                let created = try #require(try await reader.next("task"))
                #expect(created.id == 1)
                #expect(created.data["event"] == "TASK_CREATED")
                #expect(created.data["type"] == "TASK_CREATED")
                #expect(created.data["task_id"]?.string == id.rawValue)
                #expect(created.data["task_name"] == "Told")
                #expect(created.data["status"] == "pending")
                #expect(created.data["store_version"] == 1)
                #expect(created.data["task"]?["id"]?.string == id.rawValue)
                try api.spool.hold(id)
                let held = try #require(try await reader.next("task"))
                #expect(held.data["status"] == "paused")
                #expect(held.data["task"]?["hold"] == true)
                try api.spool.release(id)
                #expect(try await reader.next("task")?.data["status"] == "pending")
                _ = try api.spool.claim(id, owner: TemporarySpool.node)
                #expect(try await reader.next("task")?.data["event"] == "TASK_STARTED")
                try api.spool.finish(id, from: .running, as: TaskEnding(verdict: .changed, reason: ""))
                let completed = try #require(try await reader.next("task"))
                #expect(completed.data["event"] == "TASK_COMPLETED")
                #expect(completed.data["task"]?["verdict"] == "changed")
                try api.spool.remove(id)
                let deleted = try #require(try await reader.next("task"))
                #expect(deleted.data["event"] == "TASK_DELETED")
                #expect(deleted.data["task"] == .null)
                #expect(deleted.id == 6)
            }
        }

        @Test func changesByRenameAlone_areToldTheSame() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.running()
                await api.waitForEvents(1)
                let reader = try await EventReader(api)
                _ = try await reader.next("snapshot")
                try api.files.rename(id, from: .running, to: .failed)
                var event = try #require(try await reader.next("task"))
                // The observer may have seen the task in `new/` and be about to tell that it was started.
                while event.data["event"] == "TASK_STARTED" { event = try #require(try await reader.next("task")) }
                #expect(event.data["event"] == "TASK_FAILED")
                #expect(event.data["task"]?["state"] == "failed")
                try api.files.rename(id, from: .failed, to: .new)
                #expect(try await reader.next("task")?.data["status"] == "pending")
            }
        }

        @Test func changesByREST_areToldTheSame() async throws {
            try await RunningAPI.with { api in
                let reader = try await EventReader(api)
                _ = try await reader.next("snapshot")
                let answer = try await api.request("POST", "/api/tasks", json: api.body())
                let event = try #require(try await reader.next("task"))
                #expect(event.data["event"] == "TASK_CREATED")
                #expect(event.data["task_id"] == answer.json["taskId"])
            }
        }

        @Test func noChange_isMissing_betweenSnapshotAndStream() async throws {
            try await RunningAPI.with { api in
                let total = 40
                // The stream is opened while tasks arrive: each must be in the snapshot or come as an event.
                async let submitting: Void = {
                    for number in 0..<total { try api.files.submit("task \(number)") }
                }()
                let reader = try await EventReader(api)
                let snapshot = try #require(try await reader.next())
                let version = try #require(snapshot.data["store_version"]?.int)
                var known = Set(snapshot.data["tasks"]?.array?.compactMap { $0["id"]?.string } ?? [])
                try await submitting
                var expected = version + 1
                while known.count < total {
                    let event = try #require(try await reader.next("task"))
                    #expect(event.id == expected)
                    expected += 1
                    if let id = event.data["task_id"]?.string { known.insert(id) }
                }
                #expect(known == Set(try api.spool.list(.new).map(\.rawValue)))
            }
        }

        @Test func streamOfOneTask_hasOnlyItsEvents() async throws {
            try await RunningAPI.with { api in
                let mine = try api.files.submit("mine")
                let other = try api.files.submit("other")
                await api.waitForEvents(2)
                let reader = try await EventReader(api, "/api/tasks/\(mine)/events")
                let snapshot = try #require(try await reader.next())
                #expect(snapshot.data["tasks"]?.array?.count == 1)
                try api.spool.hold(other)
                await api.waitForEvents(3)
                try api.spool.hold(mine)
                let event = try #require(try await reader.next("task"))
                #expect(event.data["task_id"]?.string == mine.rawValue)
                #expect(event.id == 4)
            }
        }

        @Test func heartbeats_carryTheVersion() async throws {
            try await RunningAPI.with({ $0.heartbeat = .milliseconds(20) }) { api in
                let reader = try await EventReader(api)
                #expect(try await reader.next("heartbeat")?.data == ["store_version": 0])
                try api.files.submit()
                await api.waitForEvents(1)
                while let beat = try await reader.next("heartbeat"), beat.data != ["store_version": 1] {}
            }
        }

        @Test func streams_endAtShutdown() async throws {
            try await RunningAPI.with { api in
                let all = try await EventReader(api)
                _ = try await all.next("snapshot")
                let id = try api.files.submit()
                let one = try await EventReader(api, "/api/tasks/\(id)/events")
                _ = try await one.next("snapshot")
                await api.shutDown()
                while let event = try await all.next() { #expect(event.name == "task") }
                while let event = try await one.next() { #expect(event.name == "task") }
            }
        }

        @Test func shutdown_doesNotWaitForReadersThatTakeNothing_norForHalfARequest() async throws {
            let clients = HeldConnections()
            try await RunningAPI.with({
                $0.heartbeat = .seconds(600)
                $0.shutdownGrace = .milliseconds(50)
            }) { api in
                let goal = String(repeating: "long ", count: 50_000)
                for number in 0..<20 { try api.files.submit("task \(number)", goal: goal) }
                let reader = try await HTTPConnection(port: api.port, receiveBuffer: 4096)
                try await reader.send("GET", "/api/events")
                #expect(try await reader.head().status == 200)
                let sender = try await HTTPConnection(port: api.port)
                try await sender.send(
                    "POST", "/api/tasks",
                    headers: [
                        ("Content-Type", "application/json"), ("Content-Length", "100"), ("Expect", "100-continue"),
                    ]
                )
                #expect(try await sender.head().status == 100)
                clients.hold([reader, sender])
            }
            // Here the API has ended, though both clients are still there.
            #expect(clients.count == 2)
        }

        @Test func readersThatTakeNothing_areCutOff() async throws {
            try await RunningAPI.with({
                $0.heartbeat = .milliseconds(20)
                $0.slowReaderLimit = .milliseconds(100)
            }) { api in
                let goal = String(repeating: "long ", count: 50_000)
                for number in 0..<20 { try api.files.submit("task \(number)", goal: goal) }
                let connection = try await HTTPConnection(port: api.port, receiveBuffer: 4096)
                try await connection.send("GET", "/api/events")
                #expect(try await connection.head().status == 200)
                await api.log.wait(for: "cut off a slow reader of events")
                // What was on its way still arrives; the rest does not, nor the end of the stream.
                var received = 0
                while let chunk = try? await connection.chunk() { received += chunk.count }
                #expect(received < 20 * goal.utf8.count)
            }
        }

        @Test func clientsThatLeave_areForgotten() async throws {
            try await RunningAPI.with { api in
                for _ in 0..<20 {
                    let reader = try await EventReader(api)
                    _ = try await reader.next("snapshot")
                }
                let id = try api.files.submit()
                await api.waitForEvents(1)
                #expect(try await api.request("GET", "/api/tasks/\(id)").status == 200)
            }
        }
    }
}

/// Keeps connections open for longer than the API lives.
private final class HeldConnections: Sendable {
    private let connections = Mutex<[HTTPConnection]>([])

    var count: Int { connections.withLock { $0.count } }

    func hold(_ more: [HTTPConnection]) { connections.withLock { $0 += more } }
}
