import Blocking
import Glibc
import Spool
import Synchronization
import SystemPackage
import Testing

@testable import Doctor

/// A check that says what it is told to, when it is told to.
private struct ScriptedCheck: DoctorCheck {
    var name: String
    var patience = Duration.seconds(60)
    var body: @Sendable () async -> [DoctorFinding]

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] { await body() }
}

@Suite struct ExaminationTests {
    @Test func findings_comeInTheOrderOfTheChecks_whateverEndsFirst() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let slow = ScriptedCheck(name: "slow") {
            for await _ in gate.stream { break }
            return [DoctorFinding("slow", .good, "late")]
        }
        let fast = ScriptedCheck(name: "fast") { [DoctorFinding("fast", .warning, "early")] }
        let told = Mutex<[[String]]>([])
        let findings = await Examination([slow, fast]).examine(try DoctorWorld().scene) { unfinished in
            told.withLock { $0.append(unfinished) }
            if unfinished == ["slow"] { gate.continuation.yield() }
        }
        #expect(findings.map(\.check) == ["slow", "fast"])
        #expect(told.withLock { $0 } == [["slow", "fast"], ["slow"], []])
    }

    @Test func checkThatHangs_isTold_andTheOthersAreMade() async throws {
        let ends = pipe()
        defer { for end in [ends.read, ends.write] { close(end) } }
        let hanging = ScriptedCheck(name: "hanging", patience: .milliseconds(50)) {
            // As a network filesystem whose server is gone: nothing but the other side ends it.
            await BlockingThread.run {
                var byte: UInt8 = 0
                _ = read(ends.read, &byte, 1)
            }
            return [DoctorFinding("hanging", .good, "never")]
        }
        let other = ScriptedCheck(name: "other") { [DoctorFinding("other", .good, "well")] }
        let findings = await Examination([hanging, other]).examine(try DoctorWorld().scene)
        #expect(findings.levels == [.problem, .good])
        #expect(findings[0].message.contains("did not end within"))
    }

    @Test func spoolThatIsMissing_isAWarning_andItsChecksAreSkippedWithAReason() async throws {
        let world = try DoctorWorld()
        try world.removeSpool()
        let checks: [any DoctorCheck] = [
            SpoolCheck(), OperationsCheck(), TasksCheck(), DeliveriesCheck(), DaemonCheck(),
        ]
        let findings = await Examination(checks).examine(world.scene)
        #expect(findings.levels == [.warning, .skipped, .skipped, .skipped, .skipped])
        #expect(findings[0].mend?.contains("openloom init") == true)
        #expect(findings[1].message.contains("there is no spool"))
    }

    @Test func names_areUnique_andEachCheckSaysSomething() async throws {
        let names = Examination.all.map(\.name)
        #expect(Set(names).count == names.count)
        let findings = await Examination().examine(try DoctorWorld("opencode: {url: \"http://127.0.0.1:1\"}").scene)
        #expect(Set(findings.map(\.check)) == Set(names))
        for finding in findings { #expect(!finding.message.isEmpty && !finding.message.contains("\n"), "\(finding)") }
    }

    private func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        _ = Glibc.pipe(&ends)
        return (ends[0], ends[1])
    }
}
