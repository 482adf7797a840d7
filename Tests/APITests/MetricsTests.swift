import API
import Prometheus
import Spool
import Testing

extension APITests {
    @Suite struct MetricsTests {
        private func metrics(_ api: RunningAPI) async throws -> [String: Double] {
            let answer = try await api.request("GET", "/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            return Self.samples(String(decoding: answer.body, as: UTF8.self))
        }

        /// Samples by name and labels; what is no line of the format fails.
        private static func samples(_ text: String) -> [String: Double] {
            var samples: [String: Double] = [:]
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ")
                #expect(words.count == 2 && Double(words[1]) != nil, "\(line)")
                if let name = words.first, let value = words.last { samples[String(name)] = Double(value) }
            }
            return samples
        }

        @Test func tasks_areCountedByDirectory_asTheyLie() async throws {
            try await RunningAPI.with { api in
                try api.files.submit()
                let moved = try api.files.submit()
                try api.files.rename(moved, from: .new, to: .failed)
                _ = try api.files.ended(.changed)
                let samples = try await metrics(api)
                #expect(samples["openloom_tasks{state=\"new\"}"] == 1)
                #expect(samples["openloom_tasks{state=\"running\"}"] == 0)
                #expect(samples["openloom_tasks{state=\"done\"}"] == 1)
                #expect(samples["openloom_tasks{state=\"failed\"}"] == 1)
            }
        }

        @Test func oldestTask_hasAnAge_byItsName() async throws {
            try await RunningAPI.with { api in
                let id = try #require(TaskID("20200101T000000000-abcde-old"))
                try api.files.adoptByHand(id)
                try api.files.submit()
                let samples = try await metrics(api)
                let age = try #require(samples["openloom_oldest_task_age_seconds{state=\"new\"}"])
                let expected = Timestamp.now().seconds - 1_577_836_800
                #expect(abs(age - expected) < 3600)
                #expect(samples["openloom_oldest_task_age_seconds{state=\"done\"}"] == 0)
            }
        }

        @Test func switches_andJournal_areShown() async throws {
            try await RunningAPI.with { api in
                try api.files.submit()
                await api.waitForEvents(1)
                try DurableFile.write("", to: api.spool.paths.pause)
                let samples = try await metrics(api)
                #expect(samples["openloom_paused"] == 1)
                #expect(samples["openloom_closed"] == 0)
                #expect(samples["openloom_journal_number"] == 1)
            }
        }

        @Test func requests_areTimedByRoute_notByPath() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                for _ in 0..<2 { _ = try await api.request("GET", "/api/tasks/\(id)") }
                _ = try await api.request("GET", "/api/tasks/none")
                for path in ["/a", "/b", "/c"] { _ = try await api.request("GET", path) }
                _ = try await api.request("PROPFIND", "/api/tasks")
                let samples = try await metrics(api)
                func count(_ labels: String) -> Double? {
                    samples["openloom_http_request_duration_seconds_count{\(labels)}"]
                }
                #expect(count("method=\"GET\",route=\"/api/tasks/{id}\",status=\"200\"") == 2)
                #expect(count("method=\"GET\",route=\"/api/tasks/{id}\",status=\"404\"") == 1)
                #expect(count("method=\"GET\",route=\"none\",status=\"404\"") == 3)
                #expect(count("method=\"other\",route=\"none\",status=\"501\"") == 1)
            }
        }

        @Test func otherServices_addTheirFigures() async throws {
            let figures = APIMetrics { text in text.single("mine", .gauge, help: "A figure.", 42) }
            try await RunningAPI.with(metrics: figures) { api in
                let samples = try await metrics(api)
                #expect(samples["mine"] == 42)
            }
        }

        @Test func everyFamily_hasHelpAndType_once() async throws {
            try await RunningAPI.with { api in
                let text = String(decoding: try await api.request("GET", "/metrics").body, as: UTF8.self)
                var types: Set<Substring> = []
                var helps: Set<Substring> = []
                for line in text.split(separator: "\n") {
                    let words = line.split(separator: " ")
                    if line.hasPrefix("# TYPE ") { #expect(types.insert(words[2]).inserted, "\(line)") }
                    if line.hasPrefix("# HELP ") { #expect(helps.insert(words[2]).inserted, "\(line)") }
                }
                #expect(!types.isEmpty)
                #expect(types == helps)
            }
        }
    }
}
