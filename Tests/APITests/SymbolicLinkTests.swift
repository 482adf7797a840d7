import API
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    /// An agent can write into its task's directory if it can write anywhere: what it links to must not be shown.
    @Suite struct SymbolicLinkTests {
        private static let secret = "top-secret-4711"

        /// A file outside of the spool that would pass as any file of a task.
        private static func makeSecret(_ files: TemporarySpool) throws -> FilePath {
            let path = files.workspace.appending("secret")
            let text = """
                {"name":"\(secret)","workspace":"\(files.workspace)","goal":"\(secret)","summary":"\(secret)",\
                "created":"2026-11-24T00:00:00.000Z","origin":{"kind":"cli"},"reason":"\(secret)","text":"\(secret)"}

                """
            try DurableFile.write(text, to: path)
            return path
        }

        private static let files = [
            "task.json", "log.jsonl", "session", "turn.json", "owner", "activity.json", "transcript.json",
            "result.json", "verdict", "reason", "retry.json", "hold", "cancel", "archived",
        ]

        @Test(arguments: files)
        func fileThatIsALink_isNotFollowed(name: String) async throws {
            try await RunningAPI.with { api in
                let target = try Self.makeSecret(api.files)
                let ended = try api.files.ended(.error, reason: "why")
                let running = try api.files.running()
                for (id, state) in [(ended, TaskState.failed), (running, .running)] {
                    let path = api.spool.paths.task(id, in: state).directory.appending(name)
                    _ = unlink(path.string)
                    #expect(symlink(target.string, path.string) == 0)
                    try await expectNoSecret(api, id)
                }
            }
        }

        @Test(arguments: ["asks", "attempts", "evidence"])
        func directoryThatIsALink_isNotFollowed(name: String) async throws {
            try await RunningAPI.with { api in
                let outside = api.files.workspace.appending("outside")
                try makeDirectory(outside)
                let target = try Self.makeSecret(api.files)
                for file in ["permission-1.json", "1.json", "session"] {
                    #expect(link(target.string, outside.appending(file).string) == 0)
                }
                let id = try api.files.running()
                let path = api.spool.paths.task(id, in: .running).directory.appending(name)
                _ = rmdir(path.string)
                #expect(symlink(outside.string, path.string) == 0)
                try await expectNoSecret(api, id)
            }
        }

        private func expectNoSecret(_ api: RunningAPI, _ id: TaskID) async throws {
            for place in ["/api/tasks/\(id)", "/api/tasks", "/api/state"] {
                let answer = try await api.request("GET", place)
                #expect(!answer.text.contains(Self.secret), "\(place)")
            }
            let events = try await EventReader(api)
            let snapshot = try #require(try await events.next("snapshot"))
            #expect(!snapshot.data.compact.contains(Self.secret))
        }
    }
}
