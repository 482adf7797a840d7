import Glibc
import JSON
import SystemPackage
import TestSupport
import Testing

@testable import OpenCodeHost

@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerHostStartTests {
    @Test func rule7_ensure_startsTheProgram_onAPortThatItNames() async throws {
        // What the daemon may have done to itself must not reach the server.
        signal(SIGUSR1, SIG_IGN)
        try await FakeOpenCode.with { fake in
            let server = try await fake.host().ensure()
            let reports = fake.reports()
            let report = try #require(reports.first?.json)
            #expect(reports.count == 1)
            #expect(report["pid"]?.int == Int(server.pid))
            #expect(report["group"]?.int == Int(server.pid))
            #expect(report["session"]?.int == Int(server.pid))
            #expect(report["cwd"]?.string == fake.root.string)
            #expect(report["umask"]?.int == 0o077)
            #expect(report["input"]?.string == "/dev/null")
            #expect(report["descriptors"] == [0, 1, 2])
            #expect(report["blocked"]?.int == 0)
            #expect(try #require(report["ignored"]?.int) & 1 << (Int(SIGUSR1) - 1) == 0)
            #expect(
                report["arguments"]
                    == ["serve", "--port", .string(String(server.port)), "--hostname", "127.0.0.1"])
            #expect(server.url == "http://127.0.0.1:\(server.port)")
            #expect(server.username == "opencode")
            #expect(!server.wasAdopted)
        }
    }

    @Test func ensure_givesTheServerItsPassword_andNothingOfOurs() async throws {
        try await FakeOpenCode.with { fake in
            let server = try await fake.host().ensure()
            let environment = try #require(fake.reports().first?.json["environment"]?.object)
            #expect(server.password.utf8.count == 43)
            #expect(environment["OPENCODE_PASSWORD"]?.string == server.password)
            #expect(environment["OPENCODE_SERVER_PASSWORD"]?.string == server.password)
            #expect(environment["OPENCODE_SERVER_USERNAME"] == "opencode")
            #expect(environment["OPENCODE_DISABLE_AUTOUPDATE"] == "1")
            let configuration = try JSONValue(parsing: environment["OPENCODE_CONFIG_CONTENT"]?.string ?? "")
            #expect(configuration == ["model": "a/b", "share": "disabled", "autoupdate": false])
            #expect(environment["LANG"] == "C.UTF-8")
            #expect(environment.keys.filter { $0.hasPrefix("OPENLOOM_") } == ["OPENLOOM_SERVER"])
        }
    }

    @Test func ensure_writesARecordForItsOwnerAlone() async throws {
        try await FakeOpenCode.with { fake in
            let server = try await fake.host().ensure()
            let json = try JSONValue(parsing: read(fake.recordPath) ?? "")
            #expect(json["url"]?.string == server.url)
            #expect(json["pid"]?.int == Int(server.pid))
            #expect(json["started"]?.int == ProcessTable.entry(server.pid).map { Int($0.identity.started) })
            #expect(json["boot_id"]?.string == ProcessTable.bootID)
            #expect(json["program"]?.string == fake.root.appending("opencode").string)
            #expect(mode(of: fake.recordPath) == 0o600)
            #expect(mode(of: fake.logPath) == 0o600)
            #expect(mode(of: fake.settings.directory) == 0o700)
        }
    }

    @Test func password_isInNoLogNoArgumentAndNoDescription() async throws {
        try await FakeOpenCode.with { fake in
            let host = fake.host()
            let server = try await host.ensure()
            let arguments = Syscalls.kernelFile("/proc/\(server.pid)/cmdline", limit: 1 << 16) ?? []
            var dumped = ""
            dump(server, to: &dumped)
            await host.stop()
            let texts = [
                String(decoding: arguments, as: UTF8.self), read(fake.logPath) ?? "", "\(server)",
                String(reflecting: server), dumped, fake.log.lines.joined(),
            ]
            #expect(texts.allSatisfy { !$0.isEmpty && !$0.contains(server.password) })
        }
    }

    @Test func ensure_isOneStart_forAllWhoAskAtTheSameTime() async throws {
        try await FakeOpenCode.with { fake in
            let host = fake.host()
            let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<20 { group.addTask { try await host.ensure().pid } }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect(pids.count == 1)
            #expect(fake.reports().count == 1)
            #expect(await host.current()?.pid == pids.first)
        }
    }

    @Test func ensure_returns_whenItsCallerIsCancelled_andTheStartGoesOn() async throws {
        try await FakeOpenCode.with(.neverListens) { fake in
            let host = fake.host()
            let caller = Task { try await host.ensure() }
            try await eventually { fake.reports().count == 1 }
            caller.cancel()
            let result = await caller.result
            #expect(throws: ServerHostError.cancelled) { try result.get() }
            #expect(isAlive(try #require(fake.reports().first).pid))
        }
    }

    @Test func ensure_saysWhatToInstall_whenThereIsNoProgram() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            fake.settings.command = "no-such-opencode"
            let host = fake.host()
            let error = await #expect(throws: ServerHostError.self) { try await host.ensure() }
            let text = try #require(error).description
            #expect(text.contains("https://opencode.ai"))
            #expect(text.contains("npm install -g opencode-ai"))
            #expect(text.contains("opencode.url"))
            #expect(try fake.record() == nil)
            // No program, no back-off: it starts as soon as it is installed.
            await #expect(throws: try #require(error)) { try await host.ensure() }
        }
    }

    @Test func ensure_showsTheLastLines_whenTheProgramEndsEarly() async throws {
        try await FakeOpenCode.with(.endsAtOnce) { fake in
            let error = await #expect(throws: ServerHostError.self) { try await fake.host().ensure() }
            guard case .endedEarly(let end, let log, let file, false) = try #require(error) else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(end == .exited(code: 7))
            #expect(log == ["started", "cannot open the database", "password is …"])
            #expect(file == fake.logPath)
            #expect(try fake.record() == nil)
        }
    }

    @Test func ensure_choosesAnotherPort_whenTheFreeOneWasTaken() async throws {
        try await FakeOpenCode.with(.losesItsPortOnce) { fake in
            let server = try await fake.host().ensure()
            let thief = try #require(read(fake.root.appending("thief")).flatMap { Int32($0) })
            defer { kill(thief, SIGKILL) }
            let ports = fake.reports().map { $0.json["arguments"]?[2]?.string }
            #expect(Set(ports).count == 2)
            #expect(ports.contains(String(server.port)))
        }
    }

    @Test func ensure_endsAServer_thatDoesNotListenInTime() async throws {
        try await FakeOpenCode.with(.neverListens) { fake in
            var fake = fake
            fake.settings.startLimit = .milliseconds(500)
            let host = fake.host()
            let error = await #expect(throws: ServerHostError.self) { try await host.ensure() }
            guard case .notReady = try #require(error) else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(fake.log.lines.contains { $0.hasPrefix("stopped OpenCode") })
            #expect(try fake.record() == nil)
        }
    }

    @Test func ensure_refusesAPort_whereSomebodyElseListens() async throws {
        try await FakeOpenCode.with { fake in
            let other = try await fake.host().ensure()
            var second = fake
            second.settings.directory = fake.root.appending("second")
            second.settings.port = other.port
            let host = second.host()
            await #expect(throws: ServerHostError.portTaken(other.port)) { try await host.ensure() }
            #expect(isAlive(other.pid))
        }
    }

    @Test func ensure_listensOnTheConfiguredPort() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            let port = Int(try LoopbackPort.free())
            fake.settings.port = port
            #expect(try await fake.host().ensure().port == port)
        }
    }
}
