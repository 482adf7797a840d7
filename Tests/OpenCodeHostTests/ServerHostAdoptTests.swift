import Glibc
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import OpenCodeHost

@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerHostAdoptTests {
    @Test func server_isAdopted_whenTheHostThatStartedItIsGone() async throws {
        try await FakeOpenCode.with { fake in
            let first = try await fake.host().ensure()
            let second = try await fake.host().ensure()
            #expect(second.wasAdopted)
            #expect(second.pid == first.pid)
            #expect(second.url == first.url)
            #expect(second.password == first.password)
            #expect(fake.reports().count == 1)
        }
    }

    @Test func twoHosts_shareOneServer_whenTheyStartAtTheSameTime() async throws {
        try await FakeOpenCode.with { fake in
            let (one, other) = (fake.host(), fake.host())
            async let first = one.ensure()
            async let second = other.ensure()
            let servers = try await [first, second]
            #expect(Set(servers.map(\.pid)).count == 1)
            #expect(servers.filter(\.wasAdopted).count == 1)
        }
    }

    @Test func adoptedServer_isNoChild_andItsEndIsNoticedAllTheSame() async throws {
        try await FakeOpenCode.with { fake in
            try await fake.startInAProcessThatDies(at: .recorded)
            let host = fake.host()
            let server = try await host.ensure()
            #expect(server.wasAdopted)
            kill(server.pid, SIGKILL)
            try await eventually { fake.log.lines.contains { $0.hasPrefix("opencode ended") } }
            #expect(await host.current() == nil)
        }
    }

    @Test(arguments: StartStep.allCases)
    func kill_duringAStart_leavesOneServerAtMost(at step: StartStep) async throws {
        try await FakeOpenCode.with { fake in
            try await fake.startInAProcessThatDies(at: step)
            let intended = try #require(try fake.record())
            #expect((intended.process == nil) == (step != .recorded))
            let server = try await fake.host().ensure()
            #expect(server.wasAdopted == (step != .intended))
            #expect((server.password == intended.password) == (step != .intended))
            #expect(fake.reports().map(\.pid) == [server.pid])
            #expect(try fake.record()?.process?.pid == server.pid)
            await fake.host().stop()
            #expect(!isAlive(server.pid))
        }
    }

    @Test func stop_endsAServer_thatWasNeverRecorded() async throws {
        try await FakeOpenCode.with { fake in
            try await fake.startInAProcessThatDies(at: .spawned)
            try await eventually { fake.reports().count == 1 }
            await fake.host().stop()
            #expect(!isAlive(try #require(fake.reports().first).pid))
            #expect(try fake.record() == nil)
        }
    }

    @Test func staleRecord_isReplaced() async throws {
        try await FakeOpenCode.with { fake in
            try await fake.startInAProcessThatDies(at: .recorded)
            let stale = try #require(try fake.record())
            let pid = try #require(stale.process).pid
            kill(pid, SIGKILL)
            try await eventually { !isAlive(pid) }
            let server = try await fake.host().ensure()
            #expect(!server.wasAdopted)
            #expect(try fake.record()?.id != stale.id)
        }
    }

    @Test func reusedPid_isNotTakenForTheServer_norHarmed() async throws {
        try await FakeOpenCode.with { fake in
            let stranger = try run(["sleep", "1000"])
            defer {
                kill(stranger, SIGKILL)
                waitpid(stranger, nil, 0)
            }
            var record = try fake.plausibleRecord()
            var process = try #require(ProcessTable.entry(stranger)).identity
            process.started -= 1
            record.process = process
            try ServerDirectory(fake.settings.directory).write(record)
            let server = try await fake.host().ensure()
            #expect(server.pid != stranger)
            #expect(isAlive(stranger))
        }
    }

    @Test func record_ofAnotherBoot_isNotBelieved() async throws {
        try await FakeOpenCode.with { fake in
            let stranger = try run(["sleep", "1000"])
            defer {
                kill(stranger, SIGKILL)
                waitpid(stranger, nil, 0)
            }
            var record = try fake.plausibleRecord()
            record.process = try #require(ProcessTable.entry(stranger)).identity
            record.bootID = "another"
            try ServerDirectory(fake.settings.directory).write(record)
            #expect(try await fake.host().ensure().pid != stranger)
            #expect(isAlive(stranger))
        }
    }

    @Test(arguments: [0o640, 0o602, 0o666] as [mode_t])
    func record_thatOthersCouldReadOrWrite_isRefused(mode: mode_t) async throws {
        try await FakeOpenCode.with { fake in
            try ServerDirectory(fake.settings.directory).write(fake.plausibleRecord())
            chmod(fake.recordPath.string, mode)
            let error = await #expect(throws: ServerHostError.self) { try await fake.host().ensure() }
            #expect(try #require(error).description.contains("\(fake.recordPath) has mode \(String(mode, radix: 8))"))
            #expect(fake.reports().isEmpty)
            unlink(fake.recordPath.string)
        }
    }

    @Test(arguments: ["", "{}", "no json", "[1]", String(repeating: " ", count: 1 << 17) + "{}"])
    func record_thatIsNone_isRefused(text: String) async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            try write(text, to: fake.recordPath)
            let error = await #expect(throws: ServerHostError.self) { try await fake.host().ensure() }
            #expect(try #require(error).description.contains("is no record of a server"))
            unlink(fake.recordPath.string)
        }
    }

    @Test func record_thatIsALink_isRefused() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            symlink("/etc/hostname", fake.recordPath.string)
            let error = await #expect(throws: ServerHostError.self) { try await fake.host().ensure() }
            #expect(try #require(error).description.contains("is a symbolic link"))
            unlink(fake.recordPath.string)
        }
    }

    @Test func directory_thatOthersCanWriteTo_isRefused() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            chmod(fake.settings.directory.string, 0o777)
            let error = await #expect(throws: ServerHostError.self) { try await fake.host().ensure() }
            #expect(try #require(error).description.contains("has mode 777"))
            chmod(fake.settings.directory.string, 0o700)
        }
    }
}

extension FakeOpenCode {
    /// Starts the server as a daemon would that is killed at that instant.
    func startInAProcessThatDies(at step: StartStep) async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root.string as String, step = step.rawValue as String] in
            let settings = ServerHostSettings(
                directory: FilePath(root).appending("state"), home: FilePath(root),
                environment: ["PATH": "\(root):/usr/local/bin:/usr/bin:/bin"])
            let host = ServerHost(settings: settings, logger: Logger(label: "host") { _ in RecordedLog() }) { reached in
                if reached.rawValue == step { kill(getpid(), SIGKILL) }
            }
            _ = try await host.ensure()
        }
    }

    func plausibleRecord() throws -> ServerRecord {
        ServerRecord(
            id: try GeneratedSecret.make(bytes: 18), port: try LoopbackPort.free(),
            password: try GeneratedSecret.make(bytes: 32),
            program: "/usr/bin/opencode", bootID: ProcessTable.bootID, process: nil)
    }
}
