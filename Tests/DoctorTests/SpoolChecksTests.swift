import FoundationEssentials
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@testable import Doctor

/// Checks of what lies in a spool, on real ones.
@Suite struct SpoolChecksTests {
    /// A process id that is nobody's.
    private static let deadPID = 4_194_303

    // MARK: spool

    @Test func freshSpool_isGood_andPauseAndClosedAreTold() throws {
        let world = try DoctorWorld()
        #expect(SpoolCheck().look(world.scene).isGood)
        try DoctorWorld.write("", to: world.spool.paths.pause)
        try DoctorWorld.write("", to: world.spool.paths.closed)
        let findings = SpoolCheck().look(world.scene)
        #expect(findings.levels == [.good, .warning, .warning])
        #expect(findings.compactMap(\.mend) == ["rm \(world.spool.paths.closed)", "rm \(world.spool.paths.pause)"])
    }

    @Test func directoryThatIsNoSpool_isAProblem() throws {
        let world = try DoctorWorld()
        unlink(world.spool.paths.version.string)
        #expect(SpoolCheck().look(world.scene).levels == [.problem])
    }

    // MARK: permissions

    @Test func spoolThatOthersMayReadOrChange_isTold_withTheChmodToRun() throws {
        let world = try DoctorWorld()
        #expect(PermissionsCheck().look(world.scene).isGood, "\(PermissionsCheck().look(world.scene).text)")
        chmod(world.spool.root.string, 0o755)
        let readable = PermissionsCheck().look(world.scene)
        #expect(readable.levels == [.warning])
        #expect(readable[0].mend == "chmod 700 \(world.spool.root)")
        chmod(world.spool.root.string, 0o700)
        DoctorWorld.makeDirectory(world.spool.paths.directory(of: .new).appending("task"), mode: 0o777)
        let changeable = PermissionsCheck().look(world.scene)
        #expect(changeable.levels == [.warning], "\(changeable.text)")
        #expect(changeable[0].mend == "chmod -R go-w \(world.spool.root)")
    }

    @Test func filesOfSomebodyElse_areAProblem() throws {
        var world = try DoctorWorld()
        DoctorWorld.makeDirectory(world.home.appending(".openloom"))
        world.scene.user = getuid() + 4711
        let findings = PermissionsCheck().look(world.scene)
        #expect(findings.contains { $0.level == .problem && $0.message.contains("are not yours") }, "\(findings.text)")
        #expect(findings.contains { $0.mend?.hasPrefix("sudo chown -R \(world.scene.user)") == true })
    }

    @Test func configurationThatOthersMayChange_isAProblem() throws {
        let world = try DoctorWorld()
        let connectors = world.home.appending(".openloom/connectors")
        DoctorWorld.makeDirectory(world.home.appending(".openloom"))
        DoctorWorld.makeDirectory(connectors, mode: 0o777)
        chmod(world.home.appending("config.yaml").string, 0o622)
        let findings = PermissionsCheck().look(world.scene)
        #expect(findings.levels == [.problem, .problem], "\(findings.text)")
        #expect(
            findings.compactMap(\.mend) == [
                "chmod go-w \(connectors)", "chmod go-w \(world.home.appending("config.yaml"))",
            ])
    }

    @Test func directoryAboveTheSpoolThatOthersMayChange_isTold() throws {
        let world = try DoctorWorld()
        chmod(world.home.string, 0o777)
        let findings = PermissionsCheck().look(world.scene)
        #expect(findings.levels == [.warning])
        #expect(findings[0].message.contains("\(world.home), above the spool"))
        // As /tmp is: others may not rename what is not theirs.
        chmod(world.home.string, 0o1777)
        #expect(PermissionsCheck().look(world.scene).isGood)
    }

    // MARK: secrets

    @Test func tokenFile_isReadAsTheDaemonReadsIt() throws {
        let world = try DoctorWorld("server: {token_file: tokens}")
        let missing = SecretsCheck().look(world.scene)
        #expect(missing.levels == [.problem])
        #expect(missing[0].message.contains("is not there; make it with"))
        let token = String(repeating: "a1", count: 32) + "\n"
        try DoctorWorld.write(token, to: world.home.appending("tokens"), mode: 0o644)
        #expect(SecretsCheck().look(world.scene)[0].message.contains("chmod 600"))
        chmod(world.home.appending("tokens").string, 0o600)
        let good = SecretsCheck().look(world.scene)
        #expect(good.isGood, "\(good.text)")
        #expect(!good.text.contains("a1a1"))
        #expect(SecretsCheck().look(try DoctorWorld().scene).isGood)
    }

    // MARK: operations

    @Test func operations_reallyWork_andLeaveNothing() throws {
        let world = try DoctorWorld()
        let probe = world.spool.probe()
        #expect(probe.failure == nil)
        #expect(probe.refusesToReplace)
        #expect(DoctorWorld.names(world.spool.paths.temporary) == [])
        #expect(OperationsCheck().look(world.scene).isGood)
    }

    @Test func probeOfAProcessThatWasKilled_isRemovedByTheNext_andNothingElseIs() throws {
        let world = try DoctorWorld()
        let temporary = world.spool.paths.temporary
        DoctorWorld.makeDirectory(temporary.appending("\(Self.deadPID)..trash..doctor-renames"))
        try DoctorWorld.write("x", to: temporary.appending("\(Self.deadPID)..trash..doctor-renames/from/file"))
        let others = ["\(Self.deadPID).a-task", "\(getppid())..trash..doctor-renames", "by-hand"]
        for name in others { DoctorWorld.makeDirectory(temporary.appending(name)) }
        let findings = OperationsCheck().look(world.scene)
        #expect(findings.isGood)
        #expect(findings[0].message.contains("1 leftovers of earlier ones removed"))
        #expect(DoctorWorld.names(temporary) == others.sorted())
    }

    @Test func operationsThatFail_areNamed() throws {
        let world = try DoctorWorld()
        rmdir(world.spool.paths.temporary.string)
        try DoctorWorld.write("", to: world.spool.paths.temporary)
        let findings = OperationsCheck().look(world.scene)
        #expect(findings.levels == [.problem])
        #expect(findings[0].message.contains("mkdir fails"), "\(findings.text)")
    }

    @Test func filesystemThatReplaces_andSlowDisk_areWarnings() {
        var probe = SpoolProbe()
        probe.refusesToReplace = false
        probe.syncTime = .seconds(3)
        let findings = OperationsCheck().judge(probe, "/spool")
        #expect(findings.levels == [.warning, .warning])
        #expect(findings[1].message.contains("fsync took 3.0 seconds"))
    }

    // MARK: tasks

    @Test func whatLiesAround_isTold() throws {
        let world = try DoctorWorld()
        #expect(TasksCheck().look(world.scene).isGood)
        let paths = world.spool.paths
        try DoctorWorld.write("", to: paths.directory(of: .new).appending("letter.txt"))
        DoctorWorld.makeDirectory(paths.directory(of: .running).appending("20260101T000000000-aaaaa-task"))
        try DoctorWorld.write("why", to: paths.rejected.appending("x.reason.txt"))
        let old = paths.temporary.appending("old")
        DoctorWorld.makeDirectory(old)
        var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
        utimes(old.string, &times)
        let findings = TasksCheck().look(world.scene)
        #expect(findings.levels == [.warning, .warning, .warning, .warning], "\(findings.text)")
        for words in ["letter.txt", "1 tasks are running, and no daemon", "1 in rejected/", "1 in tmp/ are older"] {
            #expect(findings.text.contains(words), "\(words)")
        }
    }

    // MARK: daemon

    private func card(_ world: DoctorWorld, node: String, pid: Int = Int(getpid()), port: Int = 1) throws {
        var json = NodeIdentity.current().json.object ?? [:]
        json["node"] = .string(node)
        json["pid"] = .int(pid)
        json["heartbeat"] = .string(Timestamp.now().iso8601)
        json["version"] = "0.1.0"
        json["port"] = .int(port)
        try DoctorWorld.write(JSONValue.object(json).pretty, to: world.spool.paths.nodes.appending("\(node).json"))
    }

    @Test func daemon_isFoundByItsCard() throws {
        let world = try DoctorWorld()
        let none = DaemonCheck().look(world.scene)
        #expect(none.isGood && none[0].mend == "openloom serve")
        try card(world, node: NodeIdentity.current().node)
        #expect(DaemonCheck().look(world.scene)[0].message.contains("pid \(getpid())"))
        try card(world, node: "elsewhere")
        #expect(DaemonCheck().look(world.scene).levels == [.warning])
        unlink(world.spool.paths.nodes.appending("\(NodeIdentity.current().node).json").string)
        #expect(DaemonCheck().look(world.scene)[0].message.contains("on another machine"))
    }

    @Test func noDaemonWhileTasksWait_isAWarning() throws {
        let world = try DoctorWorld()
        DoctorWorld.makeDirectory(world.spool.paths.directory(of: .new).appending("20260101T000000000-aaaaa-task"))
        #expect(DaemonCheck().look(world.scene).levels == [.warning])
    }

    // MARK: schedules

    @Test func schedules_areReadAsTheDaemonReadsThem() throws {
        let world = try DoctorWorld()
        let schedules = world.spool.paths.schedules
        let sound = "cron: \"0 9 * * *\"\ntask: {workspace: \(world.home), goal: do it}\n"
        try DoctorWorld.write(sound, to: schedules.appending("daily.yaml"))
        #expect(SchedulesCheck().look(world.scene).isGood, "\(SchedulesCheck().look(world.scene).text)")
        try DoctorWorld.write("cron: \"99 9 * * *\"\n", to: schedules.appending("broken.yaml"))
        try DoctorWorld.write("", to: schedules.appending("notes.md"))
        let findings = SchedulesCheck().look(world.scene)
        #expect(findings.levels == [.warning, .problem])
        #expect(findings[1].mend == "edit \(schedules)/broken.yaml")
    }

    // MARK: deliveries

    @Test func deliveriesThatWereGivenUpOrWait_areTold_withTheCommandThatSendsThemAgain() throws {
        let world = try DoctorWorld()
        #expect(DeliveriesCheck().look(world.scene).isGood)
        let endpoint = try #require(EndpointName("ci"))
        try world.spool.makeEndpoint(endpoint, about: ["url": "https://ci.example"])
        var event = TaskEvent(
            number: 1, kind: .completed, id: try #require(TaskID("a-task")), name: "x", status: "completed")
        func deliver(_ number: Int) throws -> DeliveryName {
            event.number = number
            let delivery = OutboxDelivery(
                name: DeliveryName(event), id: "msg_\(number)", created: event.time, headers: [],
                body: .json([:]))
            _ = try world.spool.createDelivery(delivery, for: endpoint)
            return delivery.name
        }
        let (given, waiting) = (try deliver(1), try deliver(2))
        #expect(DeliveriesCheck().look(world.scene).isGood)
        try world.spool.moveDelivery(given, of: endpoint, from: .new, to: .failed)
        try world.spool.disable(endpoint, because: "it answered 410")
        var times = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
        utimes(world.spool.paths.endpoint(endpoint).delivery(waiting, in: .new).string, &times)
        let findings = DeliveriesCheck().look(world.scene)
        #expect(findings.levels == [.warning, .warning, .warning], "\(findings.text)")
        #expect(
            findings.compactMap(\.mend) == [
                "openloom webhooks retry ci --enable", "openloom webhooks retry ci",
                "openloom webhooks show ci --state new",
            ])
    }
}
