import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@testable import API

extension APITests {
    /// `…/{id}/files`: all of a task's directory, and nothing else.
    @Suite struct TaskFileTests {
        private func directory(_ api: RunningAPI, _ id: TaskID, _ state: TaskState = .new) -> FilePath {
            api.spool.paths.task(id, in: state).directory
        }

        @Test func list_hasAllRegularFiles_withSizesAndTimes() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.changed)
                let evidence = directory(api, id, .done).appending("evidence")
                try makeDirectory(evidence)
                try DurableFile.write("+ a\n", to: evidence.appending("changes.patch"))
                let answer = try await api.request("GET", "/api/tasks/\(id)/files")
                let files = try #require(answer.json["files"]?.array)
                let paths = files.compactMap { $0["path"]?.string }
                #expect(paths == paths.sorted())
                #expect(paths.contains("task.json") && paths.contains("evidence/changes.patch"))
                let patch = try #require(files.first { $0["path"] == "evidence/changes.patch" })
                #expect(patch["size"] == 4)
                #expect(abs(try #require(patch["modified_at"]?.double) - Timestamp.now().seconds) < 60)
                #expect(answer.json["truncated"] == false)
                expectStatus(404, try await api.request("GET", "/api/tasks/nobody/files"))
            }
        }

        @Test func download_sendsTheBytes_asNothingThatABrowserRuns() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                for (name, type) in [
                    ("x-page.html", "application/octet-stream"), ("x-image.svg", "application/octet-stream"),
                    ("x-script.js", "application/octet-stream"), ("x-note.md", "text/plain; charset=utf-8"),
                    ("x-data.json", "application/json"), ("x-name", "text/plain; charset=utf-8"),
                ] {
                    try DurableFile.write("<script>alert(1)</script>", to: directory(api, id).appending(name))
                    let answer = try await api.request("GET", "/api/tasks/\(id)/files/\(name)")
                    expectStatus(200, answer)
                    #expect(answer.text == "<script>alert(1)</script>")
                    #expect(answer.headers["content-type"] == type)
                    #expect(answer.headers["x-content-type-options"] == "nosniff")
                    #expect(answer.headers["content-security-policy"] == "default-src 'none'; sandbox")
                    #expect(
                        answer.headers["content-disposition"]?.hasPrefix("attachment; filename=\"\(name)\"") == true)
                }
            }
        }

        @Test func name_isEncodedInTheHeader() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                try DurableFile.write("x", to: directory(api, id).appending("x-größe \"1\"\r\n.txt"))
                let answer = try await api.request(
                    "GET", "/api/tasks/\(id)/files/x-gr%C3%B6%C3%9Fe%20%221%22%0D%0A.txt")
                expectStatus(200, answer)
                let encoded = "filename*=UTF-8''x-gr%C3%B6%C3%9Fe%20%221%22%0D%0A.txt"
                #expect(answer.headers["content-disposition"]?.hasSuffix(encoded) == true)
            }
        }

        @Test func parts_areSent_alsoOfALargeFile() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let text = String((0..<300_000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
                try DurableFile.write(text, to: directory(api, id).appending("x-large.log"))
                let path = "/api/tasks/\(id)/files/x-large.log"
                let whole = try await api.request("GET", path)
                #expect(whole.text == text)
                #expect(whole.headers["accept-ranges"] == "bytes")
                let tag = try #require(whole.headers["etag"])
                let bytes = Array(text.utf8)
                for (range, expected) in [
                    ("bytes=0-9", 0..<10), ("bytes=299990-", 299_990..<300_000), ("bytes=-5", 299_995..<300_000),
                    ("bytes=100000-299999", 100_000..<300_000), ("bytes=299999-9999999", 299_999..<300_000),
                ] {
                    let part = try await api.request("GET", path, headers: [("Range", range)])
                    expectStatus(206, part)
                    #expect(part.body == Array(bytes[expected]))
                    let told = "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/300000"
                    #expect(part.headers["content-range"] == told)
                }
                for range in ["bytes=300000-", "bytes=-0"] {
                    let nothing = try await api.request("GET", path, headers: [("Range", range)])
                    expectStatus(416, nothing)
                    #expect(nothing.headers["content-range"] == "bytes */300000")
                }
                let same = [("Range", "bytes=0-9"), ("If-Range", tag)]
                expectStatus(206, try await api.request("GET", path, headers: same))
                let other = [("Range", "bytes=0-9"), ("If-Range", "\"x\"")]
                expectStatus(200, try await api.request("GET", path, headers: other))
                expectStatus(304, try await api.request("GET", path, headers: [("If-None-Match", tag)]))
            }
        }

        @Test(
            arguments: [
                (nil, .whole), ("bytes=2-1", .whole), ("bytes=0-1,3-4", .whole), ("lines=1-2", .whole),
                ("bytes=-", .whole),
                ("bytes=a-b", .whole), ("bytes=0-", .part(0..<10)), ("bytes=-99", .part(0..<10)),
                ("bytes=9-9", .part(9..<10)), ("bytes=10-", .nothing), ("bytes=99999999999999999999-", .nothing),
                ("bytes=0-99999999999999999999", .part(0..<10)), ("bytes=+1-2", .whole),
            ] as [(String?, ByteRange)])
        func range_isReadAsRFC9110HasIt(header: String?, expected: ByteRange) {
            #expect(ByteRange(header, size: 10) == expected)
        }

        @Test func emptyFile_hasNoParts() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                try api.spool.hold(id)
                let path = "/api/tasks/\(id)/files/hold"
                let whole = try await api.request("GET", path)
                expectStatus(200, whole)
                #expect(whole.body.isEmpty)
                expectStatus(416, try await api.request("GET", path, headers: [("Range", "bytes=0-")]))
            }
        }

        @Test(arguments: [
            "../task.json", "%2e%2e/task.json", "..%2ftask.json", "evidence/../task.json", "evidence%2f..%2ftask.json",
            "/task.json", "task.json/", "task.json/x", ".hidden", "%00", "task.json%00", "%ff", "%", "%zz", "", "/",
            "evidence", "....//task.json", "..%5ctask.json", "%252e%252e/task.json", "missing",
        ])
        func pathThatLeadsElsewhere_is404(path: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                try makeDirectory(directory(api, id).appending("evidence"))
                try DurableFile.write("secret", to: directory(api, id).appending(".hidden"))
                try DurableFile.write("secret", to: api.spool.paths.directory(of: .new).appending("task.json"))
                let connection = try await HTTPConnection(port: api.port)
                let answer = try await connection.exchange("GET", "/api/tasks/\(id)/files/\(path)")
                // Nothing below `files` is `files` itself.
                let isList = path.allSatisfy { $0 == "/" }
                #expect(answer.status == (isList ? 200 : 404))
                #expect(!answer.text.contains("secret"))
            }
        }

        @Test func linksAndPipes_areNeitherListedNorFollowed() async throws {
            try await RunningAPI.with { api in
                let outside = api.files.workspace.appending("outside")
                try makeDirectory(outside)
                try DurableFile.write("secret", to: outside.appending("a.txt"))
                let id = try api.files.submit()
                let task = directory(api, id)
                #expect(symlink(outside.string, task.appending("x-linked").string) == 0)
                #expect(symlink(outside.appending("a.txt").string, task.appending("x-link.txt").string) == 0)
                #expect(mkfifo(task.appending("x-pipe").string, 0o600) == 0)
                let list = try await api.request("GET", "/api/tasks/\(id)/files")
                #expect(!list.text.contains("x-"))
                for path in ["x-linked/a.txt", "x-link.txt", "x-pipe"] {
                    let answer = try await api.request("GET", "/api/tasks/\(id)/files/\(path)")
                    expectStatus(404, answer)
                    #expect(!answer.text.contains("secret"))
                }
            }
        }

        @Test func deepDirectories_areListedUpToABound() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                var path = directory(api, id)
                for _ in 0..<20 {
                    path.append("x-d")
                    try makeDirectory(path)
                    try DurableFile.write("", to: path.appending("file"))
                }
                let list = try await api.request("GET", "/api/tasks/\(id)/files")
                expectStatus(200, list)
                #expect(list.json["truncated"] == true)
            }
        }
    }
}
