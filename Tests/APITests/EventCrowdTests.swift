import API
import JSON
import Spool
import Testing

extension APITests {
    /// Many readers of events at once. `docs/api.md` says how many there were by hand.
    @Suite struct EventCrowdTests {
        @Test func everyReader_getsEachEvent_andItsEnd_whenThereAreManyOfThem() async throws {
            try await RunningAPI.with { api in
                let known = try api.files.submit("known")
                await api.waitForEvents(1)
                var readers: [EventReader] = []
                for _ in 0..<200 { readers.append(try await EventReader(api)) }
                for reader in readers {
                    let snapshot = try #require(try await reader.next("snapshot"))
                    #expect(snapshot.data["tasks"]?[0]?["id"]?.string == known.rawValue)
                }
                let id = try api.files.submit("new")
                for reader in readers {
                    let event = try #require(try await reader.next("task"))
                    #expect(event.data["task_id"]?.string == id.rawValue)
                    #expect(event.data["event"] == "TASK_CREATED")
                }
                await api.shutDown()
                for reader in readers { #expect(try await reader.next("task") == nil) }
                while await api.observer.subscriberCount > 0 { await Task.yield() }
            }
        }
    }
}
