import JSON
import NIOCore
import Spool
import SystemPackage
import Testing

@testable import API

extension APITests {
    @Suite struct TaskListTests {
        private func ids(_ answer: HTTPAnswer) -> [String] {
            answer.json["tasks"]?.array?.compactMap { $0["id"]?.string } ?? []
        }

        @Test func list_isEmptyAtFirst() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/api/tasks")
                #expect(answer.status == 200)
                #expect(answer.json["tasks"] == [])
                #expect(answer.json["store_version"] == 0)
                #expect(answer.json["next_cursor"] == .null)
            }
        }

        @Test func list_showsAllTasks_newestFirst_howeverMany() async throws {
            try await RunningAPI.with { api in
                var made: [TaskID] = []
                for number in 0..<120 { made.append(try api.files.submit("task \(number)")) }
                let answer = try await api.request("GET", "/api/tasks")
                #expect(ids(answer) == made.sorted(by: >).map(\.rawValue))
            }
        }

        @Test func list_isStreamed_whenItIsLong() async throws {
            try await RunningAPI.with { api in
                let goal = String(repeating: "long ", count: 4000)
                for number in 0..<60 { try api.files.submit("task \(number)", goal: goal) }
                let answer = try await api.request("GET", "/api/tasks")
                #expect(answer.headers["transfer-encoding"] == "chunked")
                #expect(ids(answer).count == 60)
                #expect(answer.json["store_version"]?.int != nil)
            }
        }

        @Test func pages_holdEachTaskOnce_whileTasksAreAdded() async throws {
            try await RunningAPI.with { api in
                var made: Set<String> = []
                for number in 0..<25 { made.insert(try api.files.submit("task \(number)").rawValue) }
                var seen: [String] = []
                var cursor = ""
                repeat {
                    let answer = try await api.request(
                        "GET", "/api/tasks?limit=10" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
                    #expect(ids(answer).count <= 10)
                    seen += ids(answer)
                    cursor = answer.json["next_cursor"]?.string ?? ""
                    try api.files.submit("a later one")
                } while !cursor.isEmpty
                #expect(seen.count == 25)
                #expect(Set(seen) == made)
            }
        }

        @Test func lastPage_hasNoCursor_alsoWhenItIsFull() async throws {
            try await RunningAPI.with { api in
                for number in 0..<4 { try api.files.submit("task \(number)") }
                let first = try await api.request("GET", "/api/tasks?limit=2")
                let cursor = try #require(first.json["next_cursor"]?.string)
                let second = try await api.request("GET", "/api/tasks?limit=2&cursor=\(cursor)")
                #expect(ids(second).count == 2)
                #expect(second.json["next_cursor"] == .null)
            }
        }

        @Test func filters_knowDirectoriesAndStatuses() async throws {
            try await RunningAPI.with { api in
                let pending = try api.files.submit().rawValue
                let paused = try api.files.submit()
                try api.spool.hold(paused)
                let running = try api.files.running().rawValue
                let done = try api.files.ended(.changed).rawValue
                let failed = try api.files.ended(.error).rawValue
                for (query, expected) in [
                    ("new", [pending, paused.rawValue]), ("pending", [pending]), ("paused", [paused.rawValue]),
                    ("running", [running]), ("waiting", []), ("done", [done]), ("completed", [done]),
                    ("failed", [failed]),
                    ("done,failed", [done, failed]),
                ] {
                    let answer = try await api.request("GET", "/api/tasks?state=\(query)")
                    #expect(Set(ids(answer)) == Set(expected), "\(query)")
                }
            }
        }

        @Test func archivedTasks_areLeftOut_unlessAskedFor() async throws {
            try await RunningAPI.with { api in
                let kept = try api.files.ended(.changed)
                let archived = try api.files.ended(.changed)
                try api.spool.archive(archived)
                #expect(ids(try await api.request("GET", "/api/tasks")) == [kept.rawValue])
                #expect(ids(try await api.request("GET", "/api/tasks?archived=1")).count == 2)
                #expect(ids(try await api.request("GET", "/api/tasks?state=archived")) == [archived.rawValue])
                let one = try await api.request("GET", "/api/tasks/\(archived)")
                #expect(one.json["task"]?["status"] == "archived")
            }
        }

        @Test func conditions_areAllMetByWhatIsShown() async throws {
            try await RunningAPI.with { api in
                let inner = api.files.workspace.appending("inner")
                try makeDirectory(inner)
                let posted = try await api.request(
                    "POST", "/api/tasks",
                    json: ["name": "Größe", "goal": "Mend THE Login page", "workspace": .string(inner.string)])
                let rest = try #require(posted.json["taskId"]?.string)
                let keyed = try api.files.submit("a key", key: "k-1").rawValue
                let failed = try api.files.ended(.timeout, name: "late").rawValue
                let done = try api.files.ended(.changed, name: "well").rawValue
                let work = api.files.workspace.string
                for (query, expected) in [
                    ("verdict=timeout", [failed]), ("verdict=timeout,changed", [failed, done]),
                    ("verdict=verified", []), ("workspace=\(inner)", [rest]),
                    ("workspace=\(work)", [rest, keyed, failed, done]), ("workspace=\(work)x", []),
                    ("origin=rest", [rest]), ("origin=cli&state=new", [keyed]), ("key=k-1", [keyed]), ("key=k-2", []),
                    ("q=LOGIN", [rest]), ("q=login%20gr%C3%96%C3%9Fe", [rest]), ("q=login%20absent", []),
                    ("q=do%20it&verdict=changed", [done]),
                ] {
                    let answer = try await api.request("GET", "/api/tasks?\(query)")
                    #expect(Set(ids(answer)) == Set(expected), "\(query)")
                }
            }
        }

        @Test(arguments: ["verdict=good", "workspace=shop", "origin=web", "q=%20", "sort=name", "key="])
        func conditionThatMeansNothing_is400(query: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/api/tasks?\(query)")
                expectStatus(400, answer)
                #expect(answer.json["errors"]?[0]?["parameter"]?.string.map { query.hasPrefix($0) } == true)
            }
        }

        @Test func order_isByCreation_orByTheLastUpdate_bothWays() async throws {
            try await RunningAPI.with { api in
                let first = try api.files.submit("first")
                let second = try api.files.submit("second")
                let third = try api.files.ended(.changed, name: "third")
                // The clock of files ticks: wait until the next change is later than the last.
                while try #require(try api.spool.changeTime(of: first, in: .new))
                    <= #require(try api.spool.changeTime(of: third, in: .done))
                {
                    try api.spool.hold(first)
                    try api.spool.release(first)
                }
                for (order, expected) in [
                    ("created", [first, second, third]), ("-created", [third, second, first]),
                    ("updated", [second, third, first]), ("-updated", [first, third, second]),
                ] {
                    let names = expected.map(\.rawValue)
                    #expect(ids(try await api.request("GET", "/api/tasks?sort=\(order)")) == names, "\(order)")
                    var paged: [String] = []
                    var cursor = ""
                    repeat {
                        let page = try await api.request("GET", "/api/tasks?sort=\(order)&limit=1\(cursor)")
                        paged += ids(page)
                        cursor = page.json["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
                    } while !cursor.isEmpty
                    #expect(paged == names, "\(order) in pages")
                }
            }
        }

        @Test func page_endsEarly_andGoesOnLater_whenFewTasksFit() async throws {
            let files = try TemporarySpool()
            let index = TaskIndex(files.spool)
            let wanted = try files.submit("needle").rawValue
            for number in 0..<10 { try files.submit("straw \(number)") }
            var filter = TaskFilter()
            #expect(filter.take("q", "needle") == nil)
            let shelf = TaskShelf(files.spool)
            var found = ByteBuffer()
            var pages = 0
            var cursor: TaskCursor?
            repeat {
                let query = TaskQuery(filter, limit: 5, after: cursor)
                var listing = try TaskListing(index, shelf, query, looks: 4)
                try listing.next(to: &found)
                #expect(listing.isAtEnd)
                cursor = listing.nextCursor
                pages += 1
            } while cursor != nil
            #expect(pages == 3)
            #expect(try JSONValue(parsing: found.readableBytesView)["id"] == .string(wanted))
        }

        @Test func strangeNames_areLeftOut_andNamesGivenByHandAreSortedByAge() async throws {
            try await RunningAPI.with { api in
                let old = try api.files.submit("old")
                let byHand = try #require(TaskID("0-by-hand"))
                try api.files.adoptByHand(byHand)
                let newest = try api.files.submit("newest")
                try makeDirectory(api.spool.paths.directory(of: .new).appending("no task"))
                let answer = try await api.request("GET", "/api/tasks")
                #expect(Set(ids(answer)) == [newest.rawValue, byHand.rawValue, old.rawValue])
                let paged = try await api.request("GET", "/api/tasks?limit=2")
                let cursor = try #require(paged.json["next_cursor"]?.string)
                let rest = try await api.request("GET", "/api/tasks?cursor=\(cursor)")
                #expect(Set(ids(paged) + ids(rest)) == Set(ids(answer)))
                #expect(ids(answer).last == old.rawValue)
            }
        }
    }
}
