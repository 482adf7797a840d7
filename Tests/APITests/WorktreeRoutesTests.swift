import API
import Glibc
import JSON
import Spool
import SystemPackage
import Testing
import Worktrees

extension APITests {
    /// What becomes of the branch of a task that worked in a worktree of its own.
    @Suite struct WorktreeRoutesTests {
        private func isThere(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

        private func kind(_ answer: HTTPAnswer) -> String? {
            answer.json["type"]?.string?.split(separator: ":").last.map { String($0) }
        }

        @Test func merge_putsTheWorkIntoTheWorkspace_once() async throws {
            try await RunningAPI.with { api in
                let id = try await api.files.endedInWorktree(named: "fix", writing: ["fix.txt": "done\n"])
                let before = try await api.request("GET", "/api/tasks/\(id)").json["task"]?["worktree"]
                #expect(before?["branch"] == "openloom/fix" && before?["base_branch"] == "main")
                #expect(before?["ending"] == .null)
                let merged = try await api.request("POST", "/api/tasks/\(id)/merge")
                expectStatus(200, merged)
                #expect(merged.json["into"] == "main" && merged.json["was_merged"] == false)
                #expect(merged.json["commit"]?.string == (try await api.files.git(["rev-parse", "HEAD"])))
                #expect(isThere(api.files.repository.appending("fix.txt")))
                #expect(!isThere(api.spool.paths.worktrees.appending(id.rawValue)))
                #expect(try await api.files.git(["branch", "--list", "openloom/*"]).isEmpty)
                let after = try await api.request("GET", "/api/tasks/\(id)?view=detail").json["task"]?["worktree"]
                #expect(after?["ending"] == "merged")
                for deed in ["merge", "discard"] {
                    let again = try await api.request("POST", "/api/tasks/\(id)/\(deed)")
                    expectStatus(409, again)
                    #expect(kind(again) == "wrong-state" && again.text.contains("is merged already"))
                }
            }
        }

        @Test func discard_keepsTheBranchAside() async throws {
            try await RunningAPI.with { api in
                let id = try await api.files.endedInWorktree(named: "fix", writing: ["fix.txt": "done\n"])
                let tree = api.spool.paths.worktrees.appending(id.rawValue)
                // What somebody wrote there since is kept, too.
                try DurableFile.write("late\n", to: tree.appending("late.txt"))
                let discarded = try await api.request("POST", "/api/tasks/\(id)/discard")
                expectStatus(200, discarded)
                let kept = try #require(discarded.json["kept"]?.string)
                #expect(try await api.files.git(["show", "\(kept):fix.txt", "\(kept):late.txt"]) == "done\nlate")
                #expect(!isThere(tree) && !isThere(api.files.repository.appending("fix.txt")))
                let again = try await api.request("POST", "/api/tasks/\(id)/merge")
                expectStatus(409, again)
                #expect(again.text.contains("was discarded"))
            }
        }

        @Test func mergeThatWasCutShort_isKnownToBeOne() async throws {
            try await RunningAPI.with { api in
                for deed in ["merge", "discard"] {
                    let id = try await api.files.endedInWorktree(named: deed, writing: [deed: "done\n"])
                    let file = api.spool.paths.task(id, in: .done).worktree
                    let record = try #require(try api.spool.readJSON(file).flatMap(WorktreeRecord.init(json:)))
                    // All that a merge does, but for its last write.
                    let worktrees = try Worktrees(in: api.spool.paths.worktrees)
                    try await api.files.git(["merge", "-q", record.branch])
                    _ = try await worktrees.merge(record, title: "x") { noted in
                        try DurableFile.write(noted.json.pretty, to: file)
                    }
                    let answer = try await api.request("POST", "/api/tasks/\(id)/\(deed)")
                    expectStatus(deed == "merge" ? 200 : 409, answer)
                    #expect(answer.text.contains(deed == "merge" ? "\"was_merged\":true" : "is merged already"))
                    let after = try await api.request("GET", "/api/tasks/\(id)?view=detail").json["task"]?["worktree"]
                    #expect(after?["ending"] == "merged")
                }
            }
        }

        @Test func onlyOneAtATime_mergesOrDiscards() async throws {
            try await RunningAPI.with { api in
                let id = try await api.files.endedInWorktree(named: "fix", writing: ["fix.txt": "done\n"])
                let directory = api.spool.paths.task(id, in: .done).directory
                let other = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                try #require(flock(other, LOCK_EX | LOCK_NB) == 0)
                for deed in ["merge", "discard"] {
                    let answer = try await api.request("POST", "/api/tasks/\(id)/\(deed)")
                    expectStatus(409, answer)
                    #expect(kind(answer) == "worktree-conflict" && answer.text.contains("at this moment"))
                }
                #expect(isThere(api.spool.paths.worktrees.appending(id.rawValue)))
                close(other)
                expectStatus(200, try await api.request("POST", "/api/tasks/\(id)/merge"))
            }
        }

        @Test func conflict_changesNothing_andSaysWhatToDo() async throws {
            try await RunningAPI.with { api in
                let id = try await api.files.endedInWorktree(named: "fix", writing: ["a": "theirs\n"])
                try await api.files.commit("mine\n", to: "a")
                let head = try await api.files.git(["rev-parse", "HEAD"])
                let refused = try await api.request("POST", "/api/tasks/\(id)/merge")
                expectStatus(409, refused)
                #expect(kind(refused) == "worktree-conflict" && refused.text.contains("the same lines of a"))
                #expect(try await api.files.git(["rev-parse", "HEAD"]) == head)
                #expect(try await api.files.git(["status", "--porcelain", "--untracked-files=no"]).isEmpty)
                #expect(isThere(api.spool.paths.worktrees.appending(id.rawValue)))
                #expect(try await api.files.git(["show", "openloom/fix:a"]) == "theirs")
            }
        }

        @Test func taskThatFailed_isMergedByAWordOnly() async throws {
            try await RunningAPI.with { api in
                let id = try await api.files.endedInWorktree(named: "half", writing: ["h": "x"], as: .unverified)
                let refused = try await api.request("POST", "/api/tasks/\(id)/merge")
                expectStatus(409, refused)
                #expect(kind(refused) == "wrong-state" && refused.text.contains("unproven"))
                for body: JSONValue in [
                    ["unproven": "yes"], ["proven": false], [true], ["unproven": true, "unprovem": true],
                ] {
                    let answer = try await api.request("POST", "/api/tasks/\(id)/merge", json: body)
                    expectStatus(400, answer)
                    #expect(kind(answer) == "invalid-body")
                }
                let no = try await api.request("POST", "/api/tasks/\(id)/merge", json: ["unproven": false])
                expectStatus(409, no)
                expectStatus(200, try await api.request("POST", "/api/tasks/\(id)/merge", json: ["unproven": true]))
                #expect(isThere(api.files.repository.appending("h")))
            }
        }

        @Test func taskWithoutAWorktree_orThatRuns_isRefused() async throws {
            try await RunningAPI.with { api in
                for id in [try api.files.submit(), try api.files.running(), try api.files.ended(.changed)] {
                    for deed in ["merge", "discard"] {
                        let answer = try await api.request("POST", "/api/tasks/\(id)/\(deed)")
                        expectStatus(409, answer)
                        #expect(kind(answer) == "wrong-state")
                    }
                }
                expectStatus(404, try await api.request("POST", "/api/tasks/gone/merge"))
            }
        }

        @Test func change_takesTheScopeAdmin() async throws {
            let tokens = try AccessTokens(parsing: Array("ci read,submit,answer 0123456789abcdef\n".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let id = try await api.files.endedInWorktree(named: "fix", writing: ["fix.txt": "x"])
                let headers = [("Authorization", "Bearer 0123456789abcdef")]
                for path in ["tasks/\(id)/merge", "tasks/\(id)/discard", "schedules/x/enable", "schedules/x/disable"] {
                    expectStatus(403, try await api.request("POST", "/api/\(path)", headers: headers))
                }
                #expect(isThere(api.spool.paths.worktrees.appending(id.rawValue)))
            }
        }

        @Test func result_isTheReportInMarkdown_onceTheTaskHasEnded() async throws {
            try await RunningAPI.with { api in
                let waiting = try await api.request("GET", "/api/tasks/\(try api.files.submit())/result")
                expectStatus(404, waiting)
                #expect(waiting.text.contains("has not ended"))
                let id = try api.files.ended(.error, reason: "the model refused", name: "Fix it")
                let report = try await api.request("GET", "/api/tasks/\(id)/result")
                expectStatus(200, report)
                #expect(report.headers["content-type"] == "text/markdown; charset=utf-8")
                #expect(report.headers["x-content-type-options"] == "nosniff")
                #expect(report.text.contains("Fix it") && report.text.contains("the model refused"))
                let tag = try #require(report.headers["etag"])
                expectStatus(
                    304,
                    try await api.request("GET", "/api/tasks/\(id)/result", headers: [("If-None-Match", tag)]))
                expectStatus(404, try await api.request("GET", "/api/tasks/gone/result"))
            }
        }

        @Test func schedule_isTurnedOffAndOn_asByAFile() async throws {
            try await RunningAPI.with { api in
                let folder = api.spool.paths.schedules
                try DurableFile.write(
                    "every: 24h\ntask: {goal: Tidy up., workspace: \(api.files.workspace)}\n",
                    to: folder.appending("nightly.yaml"))
                let off = try await api.request("POST", "/api/schedules/nightly/disable")
                expectStatus(200, off)
                #expect(off.json["schedule"]?["disabled"] == true && off.json["schedule"]?["next"] == .null)
                #expect(isThere(folder.appending("nightly.disabled")))
                let on = try await api.request("POST", "/api/schedules/nightly/enable")
                expectStatus(200, on)
                #expect(on.json["schedule"]?["active"] == true && on.json["schedule"]?["next"]?.string != nil)
                #expect(!isThere(folder.appending("nightly.disabled")))
                for deed in ["enable", "disable", "run"] {
                    expectStatus(404, try await api.request("POST", "/api/schedules/none/\(deed)"))
                }
            }
        }
    }
}
