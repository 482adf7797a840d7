import Glibc
import SystemPackage
import Testing

@testable import OpenCodeHost

@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerLogTests {
    @Test func log_isSetAside_whenItHasGrownTooLong() async throws {
        try await FakeOpenCode.with { fake in
            var fake = fake
            fake.settings.logLimit = 100
            _ = try ServerDirectory(fake.settings.directory)
            try write(String(repeating: "x", count: 101), to: fake.logPath, mode: 0o644)
            _ = try await fake.host().ensure()
            #expect(read(FilePath(fake.logPath.string + ".1"))?.utf8.count == 101)
            #expect(read(fake.logPath) == "started\n")
            #expect(mode(of: fake.logPath) == 0o600)
        }
    }

    @Test func log_goesOn_whileItIsShort() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            try write("earlier\n", to: fake.logPath)
            _ = try await fake.host().ensure()
            #expect(read(fake.logPath) == "earlier\nstarted\n")
        }
    }

    @Test func tail_isOfThisServerAlone_andFitToBeShown() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            let earlier = "another's line\n"
            try write(earlier + "red \u{1B}[31m\n\nkey SECRET key\n", to: fake.logPath)
            let log = ServerLog(in: fake.settings.directory)
            #expect(log.tail(after: earlier.utf8.count, hiding: ["SECRET"]) == ["red  [31m", "key … key"])
        }
    }

    @Test func tail_leavesOutALine_whoseBeginningIsTooFarAway() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            try write(String(repeating: "SECRET", count: 2000) + "\nlast\n", to: fake.logPath)
            #expect(ServerLog(in: fake.settings.directory).tail(after: 0, hiding: ["SECRET"]) == ["last"])
        }
    }

    @Test func tail_isBounded() async throws {
        try await FakeOpenCode.with { fake in
            _ = try ServerDirectory(fake.settings.directory)
            try write((1...100_000).map { "\($0)\n" }.joined(), to: fake.logPath)
            let tail = ServerLog(in: fake.settings.directory).tail(after: 0, hiding: [])
            #expect(tail == (99_991...100_000).map { "\($0)" })
        }
    }
}
