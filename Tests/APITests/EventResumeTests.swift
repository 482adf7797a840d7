import API
import JSON
import Spool
import Testing

extension APITests {
    /// A reader that was cut off gets what it missed, once, or is told that it can't.
    @Suite struct EventResumeTests {
        private func submit(_ count: Int, to api: RunningAPI) async throws -> [TaskID] {
            let before = api.observer.version
            let ids = try (0..<count).map { try api.files.submit("task \($0)") }
            await api.waitForEvents(before + count)
            return ids
        }

        private func numbers(_ count: Int, from reader: EventReader) async throws -> [Int?] {
            var numbers: [Int?] = []
            while numbers.count < count, let event = try await reader.next() {
                if event.name != "heartbeat" { numbers.append(event.name == "task" ? event.id : nil) }
            }
            return numbers
        }

        @Test func lastEventID_bringsWhatWasMissed_andThenWhatHappens() async throws {
            try await RunningAPI.with { api in
                _ = try await submit(5, to: api)
                let reader = try await EventReader(api, headers: [("Last-Event-ID", "2")])
                #expect(try await numbers(3, from: reader) == [3, 4, 5])
                _ = try await submit(2, to: api)
                #expect(try await numbers(2, from: reader) == [6, 7])
            }
        }

        @Test func after_isTheSame_inTheQuery_andTheHeaderIsNewer() async throws {
            try await RunningAPI.with { api in
                let ids = try await submit(3, to: api)
                let all = try await EventReader(api, "/api/events?after=0")
                let first = try #require(try await all.next())
                #expect(first.id == 1)
                #expect(first.data["task_id"]?.string == ids[0].rawValue)
                #expect(first.data["task"]?["id"]?.string == ids[0].rawValue)
                #expect(try await numbers(2, from: all) == [2, 3])
                let again = try await EventReader(api, "/api/events?after=0", headers: [("Last-Event-ID", "2")])
                #expect(try await numbers(1, from: again) == [3])
            }
        }

        @Test func nothingMissed_bringsNothing_butWhatHappens() async throws {
            try await RunningAPI.with { api in
                _ = try await submit(2, to: api)
                let reader = try await EventReader(api, "/api/events?after=2")
                _ = try await submit(1, to: api)
                #expect(try await numbers(1, from: reader) == [3])
            }
        }

        @Test func snapshotsID_isOneToResumeFrom() async throws {
            try await RunningAPI.with { api in
                _ = try await submit(2, to: api)
                let snapshot = try #require(try await EventReader(api).next())
                let id = try #require(snapshot.id)
                _ = try await submit(1, to: api)
                let reader = try await EventReader(api, "/api/events?after=\(id)")
                #expect(try await numbers(1, from: reader) == [3])
            }
        }

        @Test func streamOfOneTask_resumesWithItsEventsAlone() async throws {
            try await RunningAPI.with { api in
                let ids = try await submit(3, to: api)
                let reader = try await EventReader(api, "/api/tasks/\(ids[1])/events?after=0")
                let event = try #require(try await reader.next())
                #expect(event.id == 2)
                try api.spool.hold(ids[1])
                #expect(try await numbers(1, from: reader) == [4])
            }
        }

        @Test(arguments: ["7", "99999999999999999999999", "abc", "-1", "1.0"])
        func idOfNoEvent_isToldToResync_withASnapshot(id: String) async throws {
            try await RunningAPI.with { api in
                _ = try await submit(2, to: api)
                let reader = try await EventReader(api, headers: [("Last-Event-ID", id)])
                let first = try #require(try await reader.next())
                #expect(first.name == "resync")
                #expect(first.data["type"] == "resync")
                #expect(first.data["store_version"] == 2)
                #expect(first.data["reason"]?.string?.isEmpty == false)
                let second = try #require(try await reader.next())
                #expect(second.name == "snapshot")
                #expect(second.data["tasks"]?.array?.count == 2)
                _ = try await submit(1, to: api)
                #expect(try await numbers(1, from: reader) == [3])
            }
        }

        @Test func journalThatNoLongerReachesBack_meansResync() async throws {
            try await RunningAPI.with { api in
                _ = try await submit(3, to: api)
                try api.files.removeJournal()
                let ids = try await submit(1, to: api)
                let behind = try await EventReader(api, "/api/events?after=1")
                #expect(try await behind.next()?.name == "resync")
                #expect(try await behind.next()?.data["tasks"]?.array?.count == 4)
                // What is still there can be resumed from.
                let near = try await EventReader(api, "/api/events?after=3")
                #expect(try await near.next()?.data["task_id"]?.string == ids[0].rawValue)
            }
        }

        @Test(arguments: ["", "abc", "-1", "1.5"])
        func queryThatIsNoNumber_isRefused(text: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/api/events?after=\(text)")
                #expect(answer.status == 400)
                #expect(answer.json["type"] == "urn:openloom:problem:invalid-query")
                #expect(answer.json["errors"]?[0]?["parameter"] == "after")
            }
        }

        @Test func readersThatComeAndGo_seeEachEventOnce() async throws {
            try await RunningAPI.with { api in
                let total = 60
                async let submitting: Void = {
                    for number in 0..<total { try api.files.submit("task \(number)") }
                }()
                var seen: [Int] = []
                while seen.count < total {
                    let reader = try await EventReader(api, "/api/events?after=\(seen.last ?? 0)")
                    for _ in 0..<7 where seen.count < total {
                        let event = try #require(try await reader.next("task"))
                        seen.append(try #require(event.id))
                    }
                }
                try await submitting
                #expect(seen == Array(1...total))
            }
        }

        @Test func manyReaders_getTheSameEvent() async throws {
            try await RunningAPI.with { api in
                var readers: [EventReader] = []
                for _ in 0..<50 { readers.append(try await EventReader(api, "/api/events?after=0")) }
                let id = try api.files.submit("for all")
                for reader in readers {
                    #expect(try await reader.next("task")?.data["task"]?["id"]?.string == id.rawValue)
                }
            }
        }
    }
}
