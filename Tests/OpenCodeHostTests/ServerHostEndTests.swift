import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import OpenCodeHost

@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerHostEndTests {
    @Test func end_isNoticedReapedAndLogged() async throws {
        try await FakeOpenCode.with { fake in
            let host = fake.host()
            let server = try await host.ensure()
            kill(server.pid, SIGKILL)
            try await eventually { fake.log.lines.contains { $0.hasPrefix("opencode ended") } }
            let line = try #require(fake.log.lines.first { $0.hasPrefix("opencode ended") })
            #expect(line.contains("signal 9"))
            #expect(line.contains("started"))
            #expect(ProcessTable.entry(server.pid) == nil)
            #expect(await host.current() == nil)
            try await eventually { try fake.record() == nil }
        }
    }

    @Test func end_ofTheServer_isTheEndOfWhatItLeft() async throws {
        try await FakeOpenCode.with(.hasStubbornChildren) { fake in
            let host = fake.host()
            let server = try await host.ensure()
            let children = try await fake.children()
            kill(server.pid, SIGKILL)
            try await eventually { !children.contains(where: isAlive) }
        }
    }

    @Test func ensure_throwsBackingOff_shortlyAfterAnEnd() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            fake.settings.backoff = RestartBackoff(first: .seconds(3600), limit: .seconds(3600))
            let host = fake.host()
            let server = try await host.ensure()
            kill(server.pid, SIGKILL)
            try await eventually { ProcessTable.entry(server.pid) == nil }
            let error = await #expect(throws: ServerHostError.self) { try await host.ensure() }
            guard case .backingOff(let until, _) = try #require(error) else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(until > .now + .seconds(3500))
            #expect(fake.reports().count == 1)
        }
    }

    @Test func ensure_startsAnotherWithAnotherPassword_afterTheBackoff() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            fake.settings.backoff = RestartBackoff(first: .zero, limit: .zero)
            let host = fake.host()
            let first = try await host.ensure()
            kill(first.pid, SIGKILL)
            try await eventually { ProcessTable.entry(first.pid) == nil }
            let second = try await host.ensure()
            #expect(second.pid != first.pid)
            #expect(second.password != first.password)
            #expect(!second.wasAdopted)
        }
    }

    @Test func stop_endsTheServerAndItsStubbornChildren() async throws {
        try await FakeOpenCode.with(.hasStubbornChildren) { fake in
            var fake = fake
            fake.settings.stopLimit = .milliseconds(300)
            let host = fake.host()
            let server = try await host.ensure()
            let children = try await fake.children()
            await host.stop()
            #expect(ProcessTable.entry(server.pid) == nil)
            #expect(!children.contains(where: isAlive))
            #expect(try fake.record() == nil)
            #expect(await host.current() == nil)
            #expect(!fake.log.lines.contains { $0.hasPrefix("opencode ended") })
        }
    }

    @Test func stop_killsAServer_thatIgnoresTerminate() async throws {
        try await FakeOpenCode.with(.listensAndIgnoresTerminate) { fake in
            var fake = fake
            fake.settings.stopLimit = .milliseconds(200)
            let host = fake.host()
            let server = try await host.ensure()
            await host.stop()
            #expect(ProcessTable.entry(server.pid) == nil)
            #expect(fake.log.lines.contains { $0.hasPrefix("stopped OpenCode") && $0.contains("signal 9") })
        }
    }

    @Test func stop_endsTheServer_ofAnEarlierDaemon() async throws {
        try await FakeOpenCode.with { fake in
            let server = try await fake.host().ensure()
            await fake.host().stop()
            #expect(!isAlive(server.pid))
            #expect(try fake.record() == nil)
        }
    }

    @Test func stop_endsWhatADeadServerLeft() async throws {
        try await FakeOpenCode.with(.hasStubbornChildren) { fake in
            var fake = fake
            fake.settings.stopLimit = .milliseconds(200)
            try await fake.startInAProcessThatDies(at: .recorded)
            let children = try await fake.children()
            let server = try #require(try fake.record()?.process).pid
            kill(server, SIGKILL)
            try await eventually { !isAlive(server) }
            #expect(children.count == 2 && children.allSatisfy(isAlive))
            await fake.host().stop()
            #expect(!children.contains(where: isAlive))
            #expect(try fake.record() == nil)
        }
    }

    @Test func stop_leavesNothingBehind_whereThereNeverWasAServer() async throws {
        try await FakeOpenCode.with { fake in
            await fake.host().stop()
            #expect(access(fake.settings.directory.string, F_OK) == -1)
            #expect(fake.log.lines.isEmpty)
        }
    }

    @Test func stop_endsAStartUnderWay_andItsCallersLearnIt() async throws {
        try await FakeOpenCode.with(.neverListens) { fake in
            let host = fake.host()
            let caller = Task { try await host.ensure() }
            try await eventually { fake.reports().count == 1 }
            await host.stop()
            let result = await caller.result
            #expect(throws: ServerHostError.stopped) { try result.get() }
            #expect(ProcessTable.entry(try #require(fake.reports().first).pid) == nil)
            #expect(try fake.record() == nil)
        }
    }

    @Test func ensure_startsAgainAtOnce_afterStop() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            fake.settings.backoff = RestartBackoff(first: .seconds(3600), limit: .seconds(3600))
            let host = fake.host()
            let first = try await host.ensure()
            await host.stop()
            #expect(try await host.ensure().pid != first.pid)
        }
    }

    @Test func usersOwnServer_isNeverTouched() async throws {
        try await FakeOpenCode.with { fake in
            let port = try LoopbackPort.free()
            let own = try run([
                "env", "OPENCODE_PASSWORD=theirs", fake.root.appending("opencode").string, "serve", "--port", "\(port)",
            ])
            defer {
                kill(own, SIGKILL)
                waitpid(own, nil, 0)
            }
            try await eventually { fake.reports().count == 1 }
            let host = fake.host()
            let server = try await host.ensure()
            #expect(server.pid != own)
            await host.stop()
            await host.stop()
            #expect(isAlive(own))
        }
    }
}

extension FakeOpenCode {
    /// The processes of a server with children.
    func children() async throws -> [Int32] {
        let path = root.appending("children")
        try await eventually { read(path) != nil }
        return (read(path) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }
}
