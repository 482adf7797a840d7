import API
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    @Suite struct SocketTests {
        private static func mode(_ path: FilePath) -> mode_t? {
            var status = stat()
            return lstat(path.string, &status) == 0 ? status.st_mode : nil
        }

        /// A socket that was bound; nobody listens unless asked to.
        private static func bind(_ path: FilePath, listens: Bool) throws -> Int32 {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8.prefix($0.count - 1)) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0, !listens || listen(descriptor, 1) == 0 else { throw Errno(rawValue: errno) }
            return descriptor
        }

        @Test func socket_isOursAlone_servesTheSameRoutes_andIsGoneAfterwards() async throws {
            let files = try TemporarySpool()
            let path = files.workspace.appending("api.sock")
            let tokens = try AccessTokens(parsing: Array("0123456789abcdef".utf8))
            try await RunningAPI.with({
                $0.socket = path
                $0.tokens = tokens
            }) { api in
                #expect(Self.mode(path) == S_IFSOCK | 0o600)
                #expect(try Self.names(in: files.workspace) == ["api.sock"])
                // Neither a token nor a name of ours.
                for host in ["localhost", "anything at all", ""] {
                    let connection = try await HTTPConnection(socket: path)
                    let headers = host.isEmpty ? [] : [("Host", host)]
                    expectStatus(200, try await connection.exchange("GET", "/api/tasks", headers: headers))
                    expectStatus(404, try await connection.exchange("GET", "/nothing", headers: headers))
                }
                let connection = try await HTTPConnection(socket: path)
                let posted = try await connection.exchange(
                    "POST", "/api/tasks", headers: [("Content-Type", "application/json")],
                    body: Array(api.body().compact.utf8))
                #expect(posted.status == 200)
                let page = try await connection.exchange(
                    "GET", "/api/tasks", headers: [("Origin", "https://evil.example")])
                #expect(page.status == 403)
                expectStatus(401, try await api.request("GET", "/api/tasks"))
            }
            #expect(Self.mode(path) == nil)
            #expect(try Self.names(in: files.workspace).isEmpty)
        }

        @Test func oldSocket_isReplaced() async throws {
            let files = try TemporarySpool()
            let path = files.workspace.appending("api.sock")
            close(try Self.bind(path, listens: false))
            #expect(Self.mode(path) != nil)
            try await RunningAPI.with({ $0.socket = path }) { api in
                expectStatus(200, try await HTTPConnection(socket: path).exchange("GET", "/livez"))
            }
        }

        @Test func socketThatIsAnswered_isLeftAlone() async throws {
            let files = try TemporarySpool()
            let path = files.workspace.appending("api.sock")
            let other = try Self.bind(path, listens: true)
            defer { close(other) }
            await expectRefusal(path, "another process listens there")
            #expect(Self.mode(path) != nil)
        }

        @Test func fileThatIsNoSocket_isLeftAlone() async throws {
            let files = try TemporarySpool()
            let file = files.workspace.appending("api.sock")
            try DurableFile.write("precious", to: file)
            await expectRefusal(file, "something that is no socket is there")
            let link = files.workspace.appending("link.sock")
            #expect(symlink(file.string, link.string) == 0)
            await expectRefusal(link, "something that is no socket is there")
            #expect(try Self.names(in: files.workspace) == ["api.sock", "link.sock"])
        }

        @Test func placeThatCannotBe_isExplained() async throws {
            let files = try TemporarySpool()
            await expectRefusal(files.workspace.appending("missing/api.sock"), "its directory can't be written")
            await expectRefusal(
                files.workspace.appending(String(repeating: "x", count: 100)), "the path is too long")
        }

        @Test func anothersSocketInItsPlace_isNotRemovedAtTheEnd() async throws {
            let files = try TemporarySpool()
            let path = files.workspace.appending("api.sock")
            try await RunningAPI.with({ $0.socket = path }) { api in
                #expect(unlink(path.string) == 0)
                close(try Self.bind(path, listens: false))
            }
            #expect(Self.mode(path) != nil)
        }

        private func expectRefusal(_ path: FilePath, _ reason: String) async {
            let error = await #expect(throws: APIServerError.self) {
                try await RunningAPI.with({ $0.socket = path }) { _ in
                    Issue.record("it listens")
                }
            }
            guard case .cannotUseSocket(path.string, let said)? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            #expect(said.hasPrefix(reason))
        }

        private static func names(in directory: FilePath) throws -> [String] {
            guard let stream = opendir(directory.string) else { throw Errno(rawValue: errno) }
            defer { closedir(stream) }
            var names: [String] = []
            while let entry = readdir(stream) {
                names.append(
                    withUnsafeBytes(of: &entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    })
            }
            return names.filter { $0 != "." && $0 != ".." }.sorted()
        }
    }
}
