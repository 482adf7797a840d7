import API
import Glibc
import JSON
import Spool
import SystemPackage
import TaskSource
import Testing

extension APITests {
    @Suite struct WorkspaceRoutesTests {
        @Test func recentWorkspaces_areThoseOfTasks_untilHidden_andComeBackWithANewTask() async throws {
            try await RunningAPI.with { api in
                let workspace = api.files.workspace.string
                let list: @Sendable () async throws -> JSONValue? = {
                    try await api.request("GET", "/api/recent-workspaces").json["workspaces"]
                }
                #expect(try await list() == [])
                _ = try api.files.submit()
                #expect(try await list() == [.string(workspace)])
                let path = "/api/recent-workspaces?path=\(workspace)"
                let first = try await api.request("DELETE", path)
                expectStatus(200, first)
                #expect(first.json == ["ok": true, "removed": true, "path": .string(workspace)])
                #expect(try await list() == [])
                #expect(try await api.request("DELETE", path).json["removed"] == false)
                // The moment of creation is one of the task's; it must be later than that of hiding.
                var next = try api.files.submit()
                while try await list() == [] { next = try api.files.submit() }
                #expect(try await list() == [.string(workspace)])
                #expect(try api.spool.list(.new).contains(next))
            }
        }

        @Test func hiding_needsAPath_whichIsDecoded_andMayBeALink() async throws {
            try await RunningAPI.with { api in
                #expect(try await api.request("DELETE", "/api/recent-workspaces").status == 400)
                let long = String(repeating: "a", count: 4096)
                #expect(try await api.request("DELETE", "/api/recent-workspaces?path=/\(long)").status == 400)
                #expect(try await api.request("DELETE", "/api/recent-workspaces?path=/a%00").status == 400)
                let unknown = try await api.request("DELETE", "/api/recent-workspaces?path=%2Fa%20b")
                #expect(unknown.json == ["ok": true, "removed": false, "path": "/a b"])
                _ = try api.files.submit()
                let link = api.files.workspace.string + "-link"
                #expect(symlink(api.files.workspace.string, link) == 0)
                #expect(try await api.request("DELETE", "/api/recent-workspaces?path=\(link)").json["removed"] == true)
            }
        }

        /// `workspaces.allow` is the test's workspace, with two folders, a file, a link out and one that stays inside.
        private static func withFolders(_ body: @escaping @Sendable (RunningAPI, String) async throws -> Void)
            async throws
        {
            try await RunningAPI.with(policy: { WorkspacePolicy(allow: [$0.workspace]) }) { api in
                let root = api.files.workspace
                for name in ["Beta", "alpha", ".hidden"] { try makeDirectory(root.appending(name)) }
                try makeDirectory(root.appending("alpha").appending("deep"))
                try DurableFile.write("x", to: root.appending("file.txt"))
                #expect(symlink("/etc", root.appending("out").string) == 0)
                #expect(symlink(root.appending("alpha").string, root.appending("within").string) == 0)
                try await body(api, root.string)
            }
        }

        @Test func browse_showsFoldersOfAllowedDirectories_andNoWayOut() async throws {
            try await Self.withFolders { api, root in
                let answer = try await api.request("GET", "/api/browse")
                expectStatus(200, answer)
                #expect(answer.json["path"] == .string(root))
                #expect(answer.json["parent"] == .null)
                #expect(answer.json["roots"] == [.string(root)])
                let names = answer.json["children"]?.array?.compactMap { $0["name"]?.string }
                #expect(names == ["alpha", "Beta", "within"])
                let below = try await api.request("GET", "/api/browse?path=\(root)/alpha").json
                #expect(below["parent"] == .string(root))
                #expect(below["children"] == [["name": "deep", "path": .string("\(root)/alpha/deep")]])
            }
        }

        @Test(arguments: ["/etc", "ROOT/..", "ROOT/out", "ROOT/out/ssl", "ROOT/alpha/../..", "~"])
        func browse_elsewhere_is403(path: String) async throws {
            try await Self.withFolders { api, root in
                let path = path.replacing("ROOT", with: root)
                let answer = try await api.request("GET", "/api/browse?path=\(path)")
                #expect(answer.status == 403 || answer.status == 404)
                #expect(answer.json["children"] == nil)
                if path != "ROOT/out/ssl" { #expect(answer.json["detail"]?.string?.isEmpty == false) }
            }
        }

        @Test func browse_aboveAllRoots_isTheListOfThem() async throws {
            try await Self.withFolders { api, root in
                let answer = try await api.request("GET", "/api/browse?path=/")
                expectStatus(200, answer)
                #expect(answer.json["children"] == [["name": .string(root), "path": .string(root)]])
                #expect(answer.json["parent"] == .null)
            }
        }

        @Test(arguments: ["ROOT/nothing", "ROOT/file.txt", "relative", "~other", "%00", "ROOT/a%00b"])
        func browse_whatIsNoDirectory_is404(path: String) async throws {
            try await Self.withFolders { api, root in
                let answer = try await api.request(
                    "GET", "/api/browse?path=\(path.replacing("ROOT", with: root))")
                #expect(answer.status == 404)
                #expect(answer.json["type"] == "urn:openloom:problem:not-found")
            }
        }

        @Test func browse_withoutAnAllowList_isHomeAndTheWorkspacesOfTasks() async throws {
            try await RunningAPI.with(policy: { files in
                var policy = WorkspacePolicy()
                policy.home = files.spool.root
                return policy
            }) { api in
                #expect(try await api.request("GET", "/api/browse?path=/etc").status == 403)
                let workspace = api.files.workspace.string
                #expect(try await api.request("GET", "/api/browse?path=\(workspace)").status == 403)
                _ = try api.files.submit()
                expectStatus(200, try await api.request("GET", "/api/browse?path=\(workspace)"))
                #expect(try await api.request("GET", "/api/browse").json["path"] == .string(workspace))
                expectStatus(200, try await api.request("GET", "/api/browse?path=~"))
                // A slash and a mark that follows it are one character of Swift's, and still two of a path.
                try makeDirectory(api.files.spool.root.appending("\u{301}x"))
                expectStatus(200, try await api.request("GET", "/api/browse?path=~/%CC%81x"))
            }
        }

        @Test func pickFolder_saysThatThereIsNone() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("POST", "/api/pick-folder")
                #expect(answer.json == ["ok": false, "unsupported": true])
            }
        }
    }
}
