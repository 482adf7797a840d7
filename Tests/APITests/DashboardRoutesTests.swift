import API
import Dashboard
import FoundationEssentials
import JSON
import SystemPackage
import Testing

extension APITests {
    @Suite struct DashboardRoutesTests {
        private static let folder = "/dashboard/\(Dashboard.shared.version)/"

        /// What the page names, besides itself.
        private func named(_ page: HTTPAnswer) -> [String] {
            page.text.matches(of: /"(\/dashboard\/[^"]+)"/).map { String($0.1) }
        }

        @Test func page_runsNothingButItsOwnFiles_andIsShownInNoFrame() async throws {
            try await RunningAPI.with { api in
                let page = try await api.request("GET", "/")
                expectStatus(200, page)
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
                let policy = try #require(page.headers["content-security-policy"])
                for rule in [
                    "default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                    "require-trusted-types-for 'script'",
                ] { #expect(policy.contains(rule)) }
                #expect(!policy.contains("unsafe"))
                #expect(page.headers["x-content-type-options"] == "nosniff")
                #expect(page.headers["referrer-policy"] == "no-referrer")
                #expect(!page.text.contains(" style=") && !page.text.contains("<style"))
                #expect(page.text.matches(of: /<script(?![^>]* src=)/).isEmpty)
            }
        }

        @Test func everyFileThatThePageNames_isThere_forEver_andTogetherTheyAreSmall() async throws {
            try await RunningAPI.with { api in
                let page = try await api.request("GET", "/", headers: [("Accept-Encoding", "gzip, br")])
                #expect(page.headers["content-encoding"] == "gzip")
                var total = page.body.count
                let files = named(try await api.request("GET", "/"))
                #expect(files.count > 20)
                for file in Set(files) {
                    let answer = try await api.request("GET", file, headers: [("Accept-Encoding", "gzip, br")])
                    expectStatus(200, answer)
                    #expect(answer.headers["cache-control"]?.contains("immutable") == true)
                    #expect(answer.headers["vary"] == "Accept-Encoding")
                    total += answer.body.count
                }
                #expect(total <= 120 * 1024)
            }
        }

        @Test func everyFile_isNamedByThePage() async throws {
            try await RunningAPI.with { api in
                let files = Set(named(try await api.request("GET", "/")))
                for name in Dashboard.shared.names where name != "index.html" {
                    #expect(files.contains(Self.folder + name), "\(name)")
                }
            }
        }

        @Test func program_hasTheFilesThatLieInTheSources() throws {
            let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            let folder = root.appending("Sources/CDashboard/files")
            func text(_ path: FilePath) throws -> String { try String(contentsOfFile: path.string, encoding: .utf8) }
            // The style is one file, made of all those in its folder.
            var names = try FileManager.default.contentsOfDirectory(atPath: folder.string).filter { $0 != "style" }
            for name in names where name != "index.html" {
                #expect(Dashboard.shared.file(name)?.bytes == Array(try text(folder.appending(name)).utf8), "\(name)")
            }
            names.append("style.css")
            #expect(Dashboard.shared.names == names.sorted())
            let style = String(decoding: Dashboard.shared.file("style.css")?.bytes ?? [], as: UTF8.self)
            let parts = try FileManager.default.contentsOfDirectory(atPath: folder.appending("style").string)
            var length = 0
            for part in parts {
                let one = try text(folder.appending("style").appending(part))
                // The compiler puts one behind the other.
                #expect(style.contains(one), "\(part)")
                length += one.utf8.count
            }
            #expect(style.utf8.count == length)
        }

        @Test func compressedFile_isTheSameFile() async throws {
            try await RunningAPI.with { api in
                let plain = try await api.request("GET", Self.folder + "style.css")
                #expect(plain.headers["content-encoding"] == nil)
                #expect(plain.body == Dashboard.shared.file("style.css")?.bytes)
                let refused = try await api.request(
                    "GET", Self.folder + "style.css", headers: [("Accept-Encoding", "gzip;q=0, br")])
                #expect(refused.body == plain.body)
                let packed = try await api.request(
                    "GET", Self.folder + "style.css", headers: [("Accept-Encoding", "gzip")])
                #expect(packed.headers["etag"] != plain.headers["etag"])
                // A gzip member ends with the length of what is in it.
                let length = packed.body.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                #expect(length == plain.body.count)
            }
        }

        @Test func known_isNotSentAgain() async throws {
            try await RunningAPI.with { api in
                for path in ["/", Self.folder + "app.js"] {
                    let tag = try #require(try await api.request("GET", path).headers["etag"])
                    let again = try await api.request("GET", path, headers: [("If-None-Match", tag)])
                    expectStatus(304, again)
                    #expect(again.body.isEmpty)
                }
                #expect(try await api.request("GET", "/").headers["cache-control"] == "no-cache")
            }
        }

        @Test(arguments: ["/dashboard/0/app.js", "/dashboard/VERSION/app.js"])
        func fileOfAnotherBuild_isNotThere(path: String) async throws {
            try await RunningAPI.with { api in expectStatus(404, try await api.request("GET", path)) }
        }

        @Test(arguments: ["index.html", "..%2fapp.js", "app.js%00", "nothing.js"])
        func otherName_isNotThere(name: String) async throws {
            try await RunningAPI.with { api in expectStatus(404, try await api.request("GET", Self.folder + name)) }
        }

        @Test func files_needNoToken_andAllElseDoes() async throws {
            let tokens = try AccessTokens(parsing: Array("0123456789abcdef".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let page = try await api.request("GET", "/")
                expectStatus(200, page)
                for file in Set(named(page)) { expectStatus(200, try await api.request("GET", file)) }
                for path in ["/api/overview", "/api/events?view=brief", "/api/tasks", "/dashboard"] {
                    expectStatus(401, try await api.request("GET", path))
                }
                let connection = try await HTTPConnection(port: api.port)
                let foreign = try await connection.exchange("GET", "/", headers: [("Host", "evil.example")], body: nil)
                expectStatus(421, foreign)
            }
        }
    }
}
