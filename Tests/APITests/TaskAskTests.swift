import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    /// `…/{id}/asks`.
    @Suite struct TaskAskTests {
        private func asking(_ api: RunningAPI) throws -> TaskID {
            let id = try api.files.running()
            let asks = api.spool.paths.task(id, in: .running).asks
            try makeDirectory(asks)
            try DurableFile.write(
                "{\"kind\": \"permission\", \"permission\": \"bash\"}", to: asks.appending("per_1.json"))
            return id
        }

        private func answerFile(_ api: RunningAPI, _ id: TaskID) throws -> String? {
            let path = api.spool.paths.task(id, in: .running).asks.appending("per_1.answer")
            return try api.spool.readFile(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
        }

        @Test func list_hasWhatIsAsked() async throws {
            try await RunningAPI.with { api in
                let id = try asking(api)
                let answer = try await api.request("GET", "/api/tasks/\(id)/asks")
                #expect(answer.json["asks"] == [["id": "per_1", "kind": "permission", "permission": "bash"]])
                let quiet = try api.files.submit()
                #expect(try await api.request("GET", "/api/tasks/\(quiet)/asks").json["asks"] == [])
                expectStatus(404, try await api.request("GET", "/api/tasks/nobody/asks"))
            }
        }

        @Test(
            arguments: [
                (["answer": "once"], "once\n"), (["answer": "Blue, as ever"], "Blue, as ever\n"),
                (["reply": "reject", "message": "no"], "{\"reply\":\"reject\",\"message\":\"no\"}\n"),
                (["answers": [["Blue"], ["Large", "Round"]]], "{\"answers\":[[\"Blue\"],[\"Large\",\"Round\"]]}\n"),
            ] as [(JSONValue, String)])
        func answer_isTheFileThatACommandWouldWrite(body: JSONValue, expected: String) async throws {
            try await RunningAPI.with { api in
                let id = try asking(api)
                let answer = try await api.request("POST", "/api/tasks/\(id)/asks/per_1/answer", json: body)
                expectStatus(200, answer)
                #expect(answer.json["ask"] == "per_1")
                #expect(try answerFile(api, id) == expected)
            }
        }

        @Test(
            arguments: [
                [:], ["answer": ""], ["answer": " \n"], ["answer": 1], ["reply": "always"],
                ["answer": "a", "reply": "once"],
                ["answers": []], ["answers": ["Blue"]], ["answers": [[1]]], ["answer": "a", "more": 1], [], "once",
                ["answer": "\0"], ["message": "only"], ["answer": "a", "message": "b"],
            ] as [JSONValue])
        func bodyThatIsNoAnswer_is400(body: JSONValue) async throws {
            try await RunningAPI.with { api in
                let id = try asking(api)
                let answer = try await api.request("POST", "/api/tasks/\(id)/asks/per_1/answer", json: body)
                expectStatus(400, answer)
                #expect(answer.json["type"] == "urn:openloom:problem:invalid-body")
                #expect(try answerFile(api, id) == nil)
            }
        }

        @Test func answerThatIsTooLong_isRefused() async throws {
            try await RunningAPI.with { api in
                let id = try asking(api)
                for (length, status) in [(70_000, 400), (200_000, 413)] {
                    let body: JSONValue = ["answer": .string(String(repeating: "a", count: length))]
                    expectStatus(
                        status, try await api.request("POST", "/api/tasks/\(id)/asks/per_1/answer", json: body))
                }
            }
        }

        @Test func answerToNothing_is404_or409() async throws {
            try await RunningAPI.with { api in
                let id = try asking(api)
                let ended = try api.files.ended(.error)
                for (path, status, kind) in [
                    ("\(id)/asks/per_2", 404, "ask-not-found"), ("\(id)/asks/%2e%2e%2fsession", 404, "ask-not-found"),
                    ("nobody/asks/per_1", 404, "task-not-found"), ("\(ended)/asks/per_1", 409, "wrong-state"),
                ] {
                    let answer = try await api.request("POST", "/api/tasks/\(path)/answer", json: ["answer": "once"])
                    expectStatus(status, answer)
                    #expect(answer.json["type"]?.string == "urn:openloom:problem:\(kind)")
                }
            }
        }

        @Test func answer_takesAScopeOfItsOwn() async throws {
            let file = "a answer answer-0123456789abcdef\nb submit,admin,read others-0123456789abcdef\n"
            let tokens = try AccessTokens(parsing: Array(file.utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let path = "/api/tasks/\(try asking(api))/asks/per_1/answer"
                for (token, status) in [("others-0123456789abcdef", 403), ("answer-0123456789abcdef", 200)] {
                    let headers = [("Authorization", "Bearer \(token)")]
                    expectStatus(
                        status, try await api.request("POST", path, headers: headers, json: ["answer": "once"]))
                }
            }
        }
    }
}
