import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    /// A task's file, sent as it is or in a form.
    @Suite struct UploadTests {
        private static let boundary = "----x7"
        private static let proof = [("X-OpenLoom-Request", "1")]

        private static func form(_ fields: [(disposition: String, text: String)]) -> String {
            fields.map { "--\(boundary)\r\nContent-Disposition: form-data; \($0.disposition)\r\n\r\n\($0.text)\r\n" }
                .joined() + "--\(boundary)--\r\n"
        }

        private static func form(file name: String, _ text: String, workspace: String) -> String {
            form([("name=\"file\"; filename=\"\(name)\"", text), ("name=\"workspace\"", workspace)])
        }

        private func send(
            _ api: RunningAPI, path: String = "/api/tasks",
            type: String = "multipart/form-data; boundary=\(Self.boundary)",
            headers: [(String, String)] = Self.proof, _ body: String
        ) async throws -> HTTPAnswer {
            let connection = try await HTTPConnection(port: api.port)
            return try await connection.exchange(
                "POST", path, headers: headers + [("Content-Type", type)], body: Array(body.utf8))
        }

        private func spec(_ api: RunningAPI, _ answer: HTTPAnswer) throws -> TaskSpec {
            let id = try #require(answer.json["taskId"]?.string.flatMap { TaskID($0) }, "\(answer.text)")
            return try #require(try api.spool.readSpec(id, in: .new))
        }

        @Test(arguments: [
            ("fix.md", "# Fix it\r\n\r\nMend the page."), ("Fix it.txt", "Mend the page."),
            ("x.yaml", "name: Fix it\ngoal: Mend the page."),
            ("x.json", "{\"name\": \"Fix it\", \"goal\": \"Mend the page.\"}"),
            ("C:\\drop\\Fix it.TXT", "Mend the page."),
        ])
        func form_becomesATask_asInTheInbox(name: String, text: String) async throws {
            try await RunningAPI.with { api in
                let body = Self.form(file: name, text, workspace: api.files.workspace.string)
                let answer = try await send(api, body)
                expectStatus(200, answer)
                let spec = try spec(api, answer)
                #expect(spec.name == "Fix it")
                #expect(spec.goal.contains("Mend the page."))
                #expect(spec.workspace == api.files.workspace)
                #expect(spec.origin == TaskOrigin(.rest, source: String(name.split(separator: "\\").last ?? "")))
                let id = try #require(answer.json["taskId"]?.string.flatMap { TaskID($0) })
                let suffix = name.split(separator: ".").last?.lowercased() ?? ""
                let source = api.spool.paths.task(id, in: .new).directory.appending("source.\(suffix)")
                #expect(try api.spool.readFile(source, limit: 1 << 20) == Array(text.utf8))
            }
        }

        @Test func workspaceOfTheFile_comesFirst() async throws {
            try await RunningAPI.with { api in
                let inner = api.files.workspace.appending("inner")
                try makeDirectory(inner)
                let text = "---\nworkspace: \(inner)\n---\n# Fix it\n\nMend."
                let answer = try await send(api, Self.form(file: "a.md", text, workspace: "/nowhere"))
                #expect(try spec(api, answer).workspace == inner)
            }
        }

        @Test func fileAsItIs_becomesATask() async throws {
            try await RunningAPI.with { api in
                let work = api.files.workspace.string
                for (type, text) in [
                    ("text/markdown; charset=utf-8", "# Fix it\n\nMend."),
                    ("application/yaml", "name: Fix it\ngoal: Mend."),
                ] {
                    let answer = try await send(
                        api, path: "/api/tasks?workspace=\(work)", type: type, headers: [], text)
                    #expect(try spec(api, answer).name == "Fix it")
                }
                let broken = try await send(
                    api, path: "/api/tasks?workspace=\(work)",
                    type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", headers: [], "PK")
                expectStatus(400, broken)
                #expect(broken.json["type"] == "urn:openloom:problem:invalid-task")
            }
        }

        /// What a page of another site can make a browser send: a form, with the cookies and headers that it has anyway.
        @Test(arguments: [
            [], [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
            [("Accept", "*/*"), ("Accept-Language", "X-OpenLoom-Request: 1")],
        ])
        func formOfAForeignPage_isRefused(headers: [(String, String)]) async throws {
            try await RunningAPI.with { api in
                let body = Self.form(file: "a.md", "# Own you\n\nrm -rf", workspace: api.files.workspace.string)
                let answer = try await send(api, headers: headers, body)
                #expect([403, 415].contains(answer.status))
                #expect(answer.headers["access-control-allow-origin"] == nil)
                // Even with the header, if it ever got there.
                let foreign = try await send(api, headers: Self.proof + [("Origin", "https://evil.example")], body)
                expectStatus(403, foreign)
                let preflight = try await api.request(
                    "OPTIONS", "/api/tasks",
                    headers: [
                        ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"),
                        ("Access-Control-Request-Headers", "x-openloom-request"),
                    ])
                expectStatus(403, preflight)
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func form_isTakenNowhereElse() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                for path in ["/api/tasks/\(id)/abort", "/api/tasks/bulk", "/api/tasks/\(id)/asks/a/answer"] {
                    expectStatus(415, try await send(api, path: path, Self.form([])))
                }
                for type in ["application/x-www-form-urlencoded", "text/plain", "text/html"] {
                    expectStatus(415, try await send(api, type: type, "goal=x"))
                }
                #expect(try !api.spool.snapshot(id).isCancelling)
            }
        }

        @Test func token_isProofEnough() async throws {
            let tokens = try AccessTokens(parsing: Array("0123456789abcdef".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let body = Self.form(file: "a.md", "# Fix it\n\nMend.", workspace: api.files.workspace.string)
                expectStatus(401, try await send(api, headers: [], body))
                expectStatus(401, try await send(api, body))
                let answer = try await send(api, headers: [("Authorization", "Bearer 0123456789abcdef")], body)
                expectStatus(200, answer)
            }
        }

        @Test(arguments: [
            "", "--", "------x7", "------x7--", "------x7\r\n", "------x7\r\n\r\nx\r\n------x7--", "no boundary",
            "------x7\r\nContent-Disposition: form-data\r\n\r\nx\r\n------x7--",
            "------x7\r\nContent-Disposition: form-data; name=\"file\r\n\r\nx\r\n------x7--",
            "------x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\r\nno end",
            form([("name=\"file\"", "# no file name")]), form([("name=\"other\"", "x")]),
            form([("name=\"workspace\"", "/")]), form([("name=\"file\"; filename=\"/\"", "x")]),
            form(Array(repeating: ("name=\"file\"; filename=\"a.md\"", "# A\n\nb"), count: 2)),
            form(Array(repeating: ("name=\"workspace\"", "/"), count: 40)),
            "------x7\r\n\(String(repeating: "X: y\r\n", count: 3000))\r\nx\r\n------x7--",
        ])
        func formThatIsNone_is400(body: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await send(api, body)
                expectStatus(400, answer)
                #expect(answer.json["type"] == "urn:openloom:problem:bad-form")
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test(arguments: [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        ])
        func formWithoutBoundary_is400(type: String) async throws {
            try await RunningAPI.with { api in
                expectStatus(400, try await send(api, type: type, Self.form([])))
            }
        }

        @Test func fileOfAnotherKind_is400_andALargeForm_413() async throws {
            try await RunningAPI.with({ $0.maxBodyBytes = 1 << 20 }) { api in
                let work = api.files.workspace.string
                let other = try await send(api, Self.form(file: "a.exe", "MZ", workspace: work))
                expectStatus(400, other)
                #expect(other.json["type"] == "urn:openloom:problem:invalid-task")
                let large = String(repeating: "x", count: 1_100_000)
                expectStatus(413, try await send(api, Self.form(file: "a.txt", large, workspace: work)))
            }
        }

        @Test func keyOfAForm_holdsForItsFile() async throws {
            try await RunningAPI.with { api in
                let headers = Self.proof + [("Idempotency-Key", "k-1")]
                let work = api.files.workspace.string
                let one = try await send(api, headers: headers, Self.form(file: "a.md", "# A\n\nb", workspace: work))
                let two = try await send(api, headers: headers, Self.form(file: "a.md", "# A\n\nb", workspace: work))
                #expect(one.json["taskId"] == two.json["taskId"])
                let other = try await send(api, headers: headers, Self.form(file: "a.md", "# A\n\nc", workspace: work))
                expectStatus(422, other)
            }
        }
    }
}
