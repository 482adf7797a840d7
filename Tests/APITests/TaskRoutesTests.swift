import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    @Suite struct TaskRoutesTests {
        @Test func create_answersAsOpenLoom_andTheTaskIsInTheListAtOnce() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("POST", "/api/tasks", json: api.body("Fix the login"))
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "application/json")
                #expect(answer.json["ok"] == true)
                #expect(answer.json["status"] == "pending")
                #expect(answer.json["name"] == "Fix the login")
                #expect(answer.json["workspace"]?.string == api.files.workspace.string)
                #expect(answer.json["sessionId"] == .null)
                let id = try #require(answer.json["taskId"]?.string.flatMap { TaskID($0) })
                #expect(try api.spool.locate(id).1 == .new)
                #expect(try api.spool.readSpec(id, in: .new)?.origin.kind == .rest)
                let list = try await api.request("GET", "/api/tasks")
                #expect(list.json["tasks"]?[0]?["id"]?.string == id.rawValue)
            }
        }

        @Test func create_keepsTheBodyByteForByte() async throws {
            try await RunningAPI.with { api in
                let body = Array(api.body("Ärger mit Bäumen 🌲").pretty.utf8)
                let connection = try await HTTPConnection(port: api.port)
                let answer = try await connection.exchange(
                    "POST", "/api/tasks", headers: [("Content-Type", "application/json; charset=utf-8")], body: body
                )
                let id = try #require(answer.json["taskId"]?.string.flatMap { TaskID($0) })
                let source = api.spool.paths.task(id, in: .new).directory.appending("source.json")
                #expect(try api.spool.readFile(source, limit: 1 << 20) == body)
            }
        }

        @Test func create_givesOneTask_forTwoPostsWithTheSameKey() async throws {
            try await RunningAPI.with { api in
                async let one = api.request("POST", "/api/tasks", json: api.body("Once", ["key": "k-1"]))
                async let two = api.request("POST", "/api/tasks", json: api.body("Once", ["key": "k-1"]))
                let answers = try await [one, two]
                #expect(answers.map(\.status) == [200, 200])
                #expect(answers[0].json["taskId"] == answers[1].json["taskId"])
                #expect(try api.spool.list(.new).count == 1)
            }
        }

        @Test func create_answersTheStatusOfTheTask_whenTheKeyIsThatOfAnEndedOne() async throws {
            try await RunningAPI.with { api in
                let first = try await api.request("POST", "/api/tasks", json: api.body("Once", ["key": "k-1"]))
                let id = try #require(first.json["taskId"]?.string.flatMap { TaskID($0) })
                _ = try api.spool.claim(id, owner: TemporarySpool.node)
                try api.spool.finish(id, from: .running, as: TaskEnding(verdict: .changed, reason: ""))
                let again = try await api.request("POST", "/api/tasks", json: api.body("Once", ["key": "k-1"]))
                #expect(again.json["taskId"]?.string == id.rawValue)
                #expect(again.json["status"] == "completed")
            }
        }

        @Test func show_hasTheFieldsOfOpenLoom_andOurs() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.error, reason: "the model refused", name: "Broken")
                let answer = try await api.request("GET", "/api/tasks/\(id)")
                #expect(answer.status == 200)
                #expect(answer.json["store_version"]?.int != nil)
                let task = try #require(answer.json["task"])
                #expect(task["id"]?.string == id.rawValue)
                #expect(task["name"] == "Broken")
                #expect(task["workspace"]?.string == api.files.workspace.string)
                #expect(task["goal"] == "do it")
                #expect(task["status"] == "failed")
                #expect(task["state"] == "failed")
                #expect(task["verdict"] == "error")
                #expect(task["reason"] == "the model refused")
                #expect(task["error"] == "the model refused")
                #expect(task["last_summary"] == "the model refused")
                #expect(task["progress"]?.double == 1)
                #expect(task["active_session_id"] == "ses_1")
                #expect(task["session_ids"] == ["ses_1"])
                #expect(task["check_log"]?[0]?["summary"] == "Accepted")
                #expect(task["asks"] == [])
                #expect(task["hold"] == false)
                #expect(task["result"]?["verdict"] == "error")
                #expect(task["spec"]?["goal"] == "do it")
                let created = try #require(task["created_at"]?.double)
                #expect(abs(created - Timestamp.now().seconds) < 60)
                #expect(try #require(task["updated_at"]?.double) >= created - 1)
            }
        }

        @Test func show_hasOpenAsks_andSessionsOfEarlierAttempts() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.error)
                try api.spool.retry(id)
                let paths = try api.spool.claim(id, owner: TemporarySpool.node)
                try DurableFile.write("ses_2\n", to: paths.session)
                try makeDirectory(paths.asks)
                try DurableFile.write("{\"permission\": \"bash\"}", to: paths.asks.appending("per_1.json"))
                let task = try #require(try await api.request("GET", "/api/tasks/\(id)").json["task"])
                #expect(task["status"] == "waiting")
                #expect(task["progress"]?.double == 0.5)
                #expect(task["session_ids"] == ["ses_1", "ses_2"])
                #expect(task["asks"] == [["id": "per_1", "permission": "bash"]])
            }
        }

        @Test func show_saysWhatIsWrong_ofATaskThatCannotBeRead() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                try DurableFile.write("{", to: api.spool.paths.task(id, in: .new).spec)
                let answer = try await api.request("GET", "/api/tasks/\(id)")
                #expect(answer.status == 200)
                #expect(answer.json["task"]?["error"]?.string?.contains("damaged") == true)
                let list = try await api.request("GET", "/api/tasks")
                #expect(list.json["tasks"]?.array?.count == 1)
            }
        }

        @Test func head_isGetWithoutBody() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let connection = try await HTTPConnection(port: api.port)
                let head = try await connection.exchange("HEAD", "/api/tasks/\(id)")
                #expect(head.status == 200)
                let missing = try await connection.exchange("HEAD", "/api/tasks/nobody")
                #expect(missing.status == 404)
                let get = try await connection.exchange("GET", "/api/tasks/\(id)")
                #expect(get.json["task"]?["id"]?.string == id.rawValue)
                #expect(head.headers["content-length"] == get.headers["content-length"])
            }
        }

        @Test func abort_leavesARequestToCancel_inNewAndInRunning() async throws {
            try await RunningAPI.with { api in
                let waiting = try api.files.submit()
                let working = try api.files.running()
                let one = try await api.request("POST", "/api/tasks/\(waiting)/abort")
                #expect(one.json["ok"] == true)
                #expect(one.json["aborted"] == true)
                #expect(one.json["taskId"]?.string == waiting.rawValue)
                #expect(one.json["status"] == "pending")
                #expect(one.json["sessionId"] == .null)
                let two = try await api.request("POST", "/api/tasks/\(working)/abort")
                #expect(two.json["sessionId"] == "ses_1")
                #expect(two.json["status"] == "running")
                #expect(try api.spool.readFile(api.spool.paths.task(waiting, in: .new).cancel, limit: 1) == [])
                #expect(try api.spool.readFile(api.spool.paths.task(working, in: .running).cancel, limit: 1) == [])
            }
        }

        @Test(arguments: ["hold", "pause"])
        func hold_pausesATask_andReleaseLetsItGo(word: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let held = try await api.request("POST", "/api/tasks/\(id)/\(word)")
                #expect(held.json["ok"] == true)
                #expect(held.json["status"] == "paused")
                #expect(try api.spool.snapshot(id).isHeld)
                let released = try await api.request(
                    "POST", "/api/tasks/\(id)/\(word == "hold" ? "release" : "resume")")
                #expect(released.json["status"] == "pending")
                #expect(try !api.spool.snapshot(id).isHeld)
            }
        }

        @Test func retry_movesAFailedTaskToNew() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.timeout)
                let answer = try await api.request("POST", "/api/tasks/\(id)/retry")
                #expect(answer.json["status"] == "pending")
                #expect(try api.spool.locate(id).1 == .new)
            }
        }

        @Test(arguments: [TaskState.new, .running, .done, .failed])
        func delete_removesATask_inEachState(state: TaskState) async throws {
            try await RunningAPI.with { api in
                let id =
                    switch state {
                    case .new: try api.files.submit()
                    case .running: try api.files.running()
                    case .done: try api.files.ended(.changed)
                    case .failed: try api.files.ended(.error)
                    }
                let answer = try await api.request("DELETE", "/api/tasks/\(id)")
                #expect(answer.status == 200)
                #expect(answer.json["ok"] == true)
                #expect(answer.json["taskId"]?.string == id.rawValue)
                #expect(answer.json["deleted"] == true)
                #expect(throws: SpoolError.self) { try api.spool.locate(id) }
                #expect(try await api.request("GET", "/api/tasks/\(id)").status == 404)
            }
        }
    }
}
