import Curl
import JSON
import Logging
import OpenCode
import OpenCodeSimulator
import SystemPackage
import TestSupport
import Testing

/// The wire against the simulator, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct Wire1ServerTests {
    /// Runs `body` with a server that misbehaves as told.
    private func withServer(
        _ options: SimulatorOptions = SimulatorOptions(port: 0, think: .zero), password: String? = nil,
        _ body: @Sendable (Wire1Server, String) async throws -> Void
    ) async throws {
        var options = options
        options.port = 0
        let directory = try TemporaryDirectory()
        let simulator = try OpenCodeSimulator(options: options, logger: Logger(label: "simulator"))
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run { ready.yield($0) } }
            defer { group.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let curl = CurlClient()
            defer { curl.close() }
            let settings = OpenCodeClient.Settings(
                url: "http://127.0.0.1:\(port)",
                credentials: password.map { CurlCredentials(user: "opencode", password: $0) }
            )
            try await body(Wire1Server(client: OpenCodeClient(curl: curl, settings: settings)), directory.path.string)
        }
    }

    private func session(_ server: Wire1Server, _ directory: String) async throws -> AgentSession {
        try await server.createSession(SessionRequest(directory: directory, title: "t", denied: ["plan_enter"]))
    }

    /// Looks until the turn has ended.
    private func end(
        of id: String?, in session: AgentSession, _ server: Wire1Server
    ) async throws -> TurnObservation {
        while true {
            let seen = try await server.observe(session, prompt: id)
            if seen.activity == .idle, let last = seen.steps.last, last.isCompleted, last.finish == "stop" {
                return seen
            }
            await Task.yield()
        }
    }

    @Test func prompt_isFoundUnderItsID_andItsTurnEnds() async throws {
        try await withServer { server, directory in
            let session = try await session(server, directory)
            #expect(session.directory == directory)
            let id = MessageID.make(milliseconds: 1_790_000_000_000)
            let mark = PromptMark(id: id, known: [], text: "sim: say hello")
            #expect(try await server.find(mark, in: session) == nil)
            try await server.send(
                AgentPrompt(id: id, text: mark.text), to: session
            )
            let seen = try await end(of: id, in: session, server)
            #expect(seen.isPromptThere)
            #expect(seen.steps.last?.text.contains("hello") == true)
            #expect(try await server.find(mark, in: session) == id)
            #expect(try await server.promptIDs(in: session) == [id])
            #expect(try await server.transcript(of: session)?.array?.isEmpty == false)
        }
    }

    /// Rule 8: before 1.18.15 the server chooses the id, and ours is found by what is new.
    @Test func rule8_wire1_promptWithoutID_isFoundByWhatIsNew() async throws {
        let options = SimulatorOptions(port: 0, version: "1.17.4", think: .zero)
        try await withServer(options) { server, directory in
            let session = try await session(server, directory)
            let text = "sim: say one"
            let prompt = AgentPrompt(id: nil, text: text)
            try await server.send(prompt, to: session)
            var first: String?
            while first == nil {
                first = try await server.find(PromptMark(id: nil, known: [], text: text), in: session)
            }
            let known = try #require(first)
            #expect(try await server.find(PromptMark(id: nil, known: [known], text: text), in: session) == nil)
            _ = try await end(of: known, in: session, server)
        }
    }

    /// The directory goes with every call, and is given back.
    @Test func rule4_wire1_session_isFoundWithItsDirectory_andAnUnknownOneIsNot() async throws {
        try await withServer { server, directory in
            let session = try await session(server, directory)
            #expect(try await server.session(session.id, in: directory)?.id == session.id)
            #expect(try await server.session("ses_unknown", in: directory) == nil)
            let found = try await server.sessions(titled: "t", in: directory)
            #expect(found.map(\.id) == [session.id])
        }
    }

    /// The name of the user is opencode unless the server was told another.
    @Test func password_isSentWithEveryRequest_alsoOfTheStream() async throws {
        var options = SimulatorOptions(port: 0, think: .zero)
        options.password = "geheim"
        try await withServer(options, password: "geheim") { server, directory in
            _ = try await session(server, directory)
            let (hints, continuation) = AsyncStream.makeStream(of: AgentHint.self)
            let following = Task { try await server.follow { continuation.yield($0) } }
            defer { following.cancel() }
            var iterator = hints.makeAsyncIterator()
            #expect(await iterator.next() == .connected)
        }
        for wrong in ["falsch", nil] {
            try await withServer(options, password: wrong) { server, directory in
                let error = await #expect(throws: AgentError.self) { try await session(server, directory) }
                #expect(error?.code == .unauthorized)
                let other = await #expect(throws: AgentError.self) { try await server.follow { _ in } }
                #expect(other?.code == .unauthorized)
            }
        }
    }

    @Test func events_giveHintsOfOurSession() async throws {
        try await withServer { server, directory in
            let (hints, continuation) = AsyncStream.makeStream(of: AgentHint.self)
            let following = Task { try await server.follow { continuation.yield($0) } }
            defer { following.cancel() }
            var iterator = hints.makeAsyncIterator()
            #expect(await iterator.next() == .connected)
            let session = try await session(server, directory)
            try await server.send(
                AgentPrompt(
                    id: MessageID.make(milliseconds: 1_790_000_000_000), text: "sim: say x"
                ),
                to: session
            )
            while let hint = await iterator.next() {
                if hint == .turn(session: session.id) { break }
            }
        }
    }
}
