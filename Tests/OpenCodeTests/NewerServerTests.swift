import Curl
import FoundationEssentials
import JSON
import LoopbackServer
import OpenCode
import SystemPackage
import Testing

/// Servers that the probes meet and nobody has compared yet: later releases of 1.x, and ones that do not answer.
@Suite(.timeLimit(.minutes(3))) struct NewerServerTests {
    /// OpenCode's own description of 1.18, as `GET /doc` gives it.
    private static func description() throws -> JSONValue {
        let path = FilePath(#filePath).removingLastComponent().removingLastComponent()
            .appending("OpenCodeSimulatorTests/Fixtures/openapi-v1.json")
        return try JSONValue(parsing: Array(try #require(FileManager.default.contents(atPath: path.string))))
    }

    private func identify(_ routes: [String: RouteServer.Answer]) async throws -> Result<ServerIdentity, AgentError> {
        let server = try RouteServer(routes)
        let curl = CurlClient()
        defer { curl.close() }
        let open = OpenCodeServer(curl: curl, access: ServerAccess(url: server.url))
        let result: Result<ServerIdentity, AgentError>
        do throws(AgentError) { result = .success(try await open.identify()) } catch { result = .failure(error) }
        #expect(server.askedRoutes.allSatisfy { $0.hasPrefix("GET ") }, "nothing may be written")
        return result
    }

    private static func health(_ version: String) -> RouteServer.Answer {
        .json(["healthy": true, "version": .string(version)])
    }

    @Test(arguments: ["1.19.0", "1.42.7"])
    func newer1_isRecognisedByItsOwnDescription(_ version: String) async throws {
        let result = try await identify([
            "GET /global/health": Self.health(version), "GET /doc": .json(try Self.description()),
        ])
        let identity = try result.get()
        #expect(identity.wire == 1)
        #expect(identity.version == version)
    }

    @Test(arguments: [
        ("/session/{sessionID}/prompt_async", "prompt_async"), ("/global/event", "GET /global/event"),
        ("/permission/{requestID}/reply", "(reply)"),
    ])
    func newer1_isRefused_withWhatIsMissing(_ path: String, _ words: String) async throws {
        var document = try Self.description().object ?? [:]
        var paths = document["paths"]?.object ?? [:]
        #expect(paths[path] != nil)
        paths[path] = nil
        document["paths"] = .object(paths)
        let result = try await identify([
            "GET /global/health": Self.health("1.19.0"), "GET /doc": .json(.object(document)),
        ])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func newer1_withoutADescription_isRefused() async throws {
        guard case .failure(let error) = try await identify(["GET /global/health": Self.health("1.19.0")]) else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("/doc"))
    }

    /// A server that is starting takes connections before it answers. The limit is a tenth of that of other questions.
    @Test(arguments: ["/api/info", "/global/health"])
    func probeThatIsNotAnswered_isGivenUp_afterTwoSeconds(_ path: String) async throws {
        let server = try TestServer { connection in
            while let request = connection.read() {
                if request.line.hasPrefix("GET \(path) ") {
                    #expect(connection.waitForEnd())
                    return
                }
                connection.respond("404 Not Found", headers: ["Content-Type: application/json"], "{}")
            }
        }
        let curl = CurlClient()
        defer { curl.close() }
        let open = OpenCodeServer(curl: curl, access: ServerAccess(url: server.url("")))
        let error = try #require(await #expect(throws: AgentError.self) { try await open.identify() })
        #expect(error.code == .unreachable)
        let limit = error.message.firstMatch(of: /timed out after ([0-9]+) milliseconds/).flatMap { Int($0.1) }
        #expect(try #require(limit, "\(error.message)") < 20_000)
    }
}
