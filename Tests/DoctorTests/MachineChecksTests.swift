import FoundationEssentials
import Glibc
import LoopbackServer
import Schedules
import Spool
import SystemPackage
import Testing

@testable import DaemonConfiguration
@testable import Doctor

/// Checks of the machine: what can be made real is, and what can't (a full disk, a dead battery) is told to them.
@Suite struct MachineChecksTests {
    // MARK: filesystem

    @Test func realFilesystems_areCalledByTheirNames() throws {
        let memory = FilesystemFacts(of: "/dev/shm")
        #expect(memory.typeName == "tmpfs" && !memory.isReadOnly)
        let findings = FilesystemCheck().judge(memory)
        #expect(findings.levels == [.warning])
        #expect(findings[0].message.contains("gone after a restart"))
        // One that has no name in the table, and events of its own.
        let strange = FilesystemFacts(of: "/proc")
        #expect(strange.typeName == "a filesystem of type 0x9fa0")
    }

    @Test(arguments: [
        (FilesystemFacts.Kind.disk, DoctorFinding.Level.good), (.memory, .warning), (.container, .warning),
        (.shared, .warning), (.withoutPermissions, .problem), (.readOnlyImage, .problem),
    ]) func eachKind_meansWhatItMeansForTasks(_ kind: FilesystemFacts.Kind, _ level: DoctorFinding.Level) {
        let findings = FilesystemCheck().judge(FilesystemFacts(kind: kind, typeName: "thatfs"))
        #expect(findings.levels == [level])
        #expect(findings[0].message.contains("thatfs") && (level == .good) == (findings[0].mend == nil))
        let readOnly = FilesystemCheck().judge(FilesystemFacts(kind: kind, typeName: "thatfs", isReadOnly: true))
        #expect(readOnly.last?.level == .problem && readOnly.last?.mend?.contains("remount") == true)
    }

    @Test func inboxElsewhere_isFound_missingOrOnAnotherFilesystem() throws {
        let elsewhere = FilePath("/dev/shm/openloom-doctor-\(getpid())")
        DoctorWorld.makeDirectory(elsewhere)
        defer { rmdir(elsewhere.string) }
        let other = FilesystemCheck().look(try DoctorWorld("levels: {storage: {path: \(elsewhere)}}").scene)
        #expect(other.text.contains("on another filesystem: dropped files are copied") && !other.hasProblem)
        let missing = FilesystemCheck().look(try DoctorWorld("levels: {storage: {path: nowhere}}").scene)
        #expect(missing.hasProblem && missing.text.contains("mkdir -p"))
        #expect(!FilesystemCheck().look(try DoctorWorld().scene).hasProblem)
    }

    @Test func spoolInMemory_isTold_andItsOperationsAreTriedThere() throws {
        let root = FilePath("/dev/shm/openloom-doctor-spool-\(getpid())")
        defer { try? FileManager.default.removeItem(atPath: root.string) }
        let spool = try SpoolDirectory(initializing: root)
        var world = try DoctorWorld()
        world.scene.configuration.spool.path = root
        world.scene.configuration.inbox.path = spool.paths.inbox
        let findings = FilesystemCheck().look(world.scene)
        #expect(findings.levels == [.warning] && findings[0].message.contains("tmpfs"), "\(findings.text)")
        #expect(OperationsCheck().look(world.scene).isGood)
    }

    @Test func spoolOnTwoFilesystems_isAProblem() throws {
        let world = try DoctorWorld()
        let elsewhere = FilePath("/dev/shm/openloom-doctor-done-\(getpid())")
        DoctorWorld.makeDirectory(elsewhere)
        defer { rmdir(elsewhere.string) }
        let done = world.spool.paths.directory(of: .done)
        rmdir(done.string)
        symlink(elsewhere.string, done.string)
        let findings = FilesystemCheck().look(world.scene)
        #expect(findings.hasProblem && findings.text.contains("no task can be moved"), "\(findings.text)")
    }

    // MARK: space

    @Test func space_isReallyRead() throws {
        let room = try #require(Room(at: "/dev/shm", user: getuid()))
        #expect(room.bytes > 0 && room.files != nil)
        #expect(Room(at: "/dev/shm/nowhere", user: getuid()) == nil)
    }

    @Test func littleRoom_isAProblem_inEachWay() {
        let check = SpaceCheck()
        #expect(check.judge(Room(bytes: 1 << 40, files: 1 << 20, quotaBytes: 1 << 40, quotaFiles: 1 << 20)).isGood)
        #expect(check.judge(Room(bytes: 1 << 40)).isGood)
        #expect(check.judge(Room(bytes: 511 << 20)).text.contains("511 MiB free"))
        let all = check.judge(Room(bytes: 0, files: 0, quotaBytes: 0, quotaFiles: 0))
        #expect(all.levels == [.problem, .problem, .problem, .problem])
        #expect(all.allSatisfy { $0.mend != nil })
    }

    // MARK: changes

    @Test func inotify_isReallyTried() throws {
        #expect(!ChangesCheck().look(try DoctorWorld().scene).hasProblem)
        let timer = ChangesCheck().look(try DoctorWorld("spool.watch: timer").scene)
        #expect(timer[0].message.contains("as spool.watch says"))
    }

    @Test func limitsOfInotify_areHeldAgainstWhatIsUsedAndNeeded() throws {
        var world = try DoctorWorld("harness: {max_running: 10}")
        let kernel = world.home.appending("proc/sys/fs/inotify")
        try DoctorWorld.write("100\n", to: kernel.appending("max_user_watches"))
        try DoctorWorld.write("4\n", to: kernel.appending("max_user_instances"))
        try DoctorWorld.write("16384\n", to: kernel.appending("max_queued_events"))
        let process = world.home.appending("proc/77")
        DoctorWorld.makeDirectory(process)
        DoctorWorld.makeDirectory(process.appending("fd"))
        symlink("anon_inode:inotify", process.appending("fd/5").string)
        symlink("/dev/null", process.appending("fd/6").string)
        let watch = "inotify wd:1 ino:2 sdev:800013 mask:3c8\n"
        try DoctorWorld.write("pos:\t0\n" + watch + watch, to: process.appending("fdinfo/5"))
        world.scene.proc = world.home.appending("proc")
        var facts = InotifyFacts(world.scene)
        #expect(facts.usedInstances == 1 && facts.usedWatches == 2)
        #expect(facts.mostWatches == 100 && facts.mostInstances == 4 && facts.mostQueued == 16384)
        #expect(facts.neededWatches == 28)
        #expect(ChangesCheck().judge(facts).isEmpty)
        facts.usedWatches = 80
        facts.usedInstances = 2
        facts.mostQueued = 100
        let findings = ChangesCheck().judge(facts)
        #expect(findings.levels == [.problem, .problem, .warning])
        #expect(findings[0].mend?.contains("fs.inotify.max_user_watches=1048576") == true)
        #expect(findings[1].mend?.contains("fs.inotify.max_user_instances=1024") == true)
    }

    // MARK: clock

    @Test func clock_isReallyRead() async throws {
        let findings = await ClockCheck().examine(
            try DoctorWorld("opencode: {url: \"http://127.0.0.1:1\"}").scene)
        #expect(!findings.hasProblem, "\(findings.text)")
    }

    @Test func clocksThatDiffer_areTold() throws {
        let now = 1_790_000_000.0
        #expect(ClockCheck().judge(ClockFacts(now: now)).isGood)
        #expect(ClockCheck().judge(ClockFacts(now: now, isSynchronised: nil)).isGood)
        #expect(ClockCheck().judge(ClockFacts(now: now, isSynchronised: false)).levels == [.warning])
        #expect(ClockCheck().judge(ClockFacts(now: 0)).levels == [.problem])
        var facts = ClockFacts(now: now)
        facts.newest = now + 9
        facts.servers = [("http://one", 9)]
        #expect(ClockCheck().judge(facts).isGood)
        facts.newest = now + 3600
        facts.servers = [("http://one", -3600)]
        facts.jump = 5
        let findings = ClockCheck().judge(facts)
        #expect(findings.levels == [.problem, .warning, .warning])
        #expect(
            findings.text.contains("3600 s in the future") && findings.text.contains("http://one differs by -3600 s"))
    }

    @Test func serversClock_isReadFromItsAnswer_andFilesFromTheFutureAreFound() async throws {
        let server = try TestServer { connection in
            while connection.read() != nil {
                connection.respond("401 Unauthorized", headers: ["Date: Fri, 27 Nov 2015 09:30:00 GMT"])
            }
        }
        let world = try DoctorWorld("opencode: {url: \"http://127.0.0.1:\(server.port)\"}")
        let task = world.spool.paths.directory(of: .new).appending("20260101T000000000-aaaaa-task")
        DoctorWorld.makeDirectory(task)
        var times = [timeval(tv_sec: time(nil) + 7200, tv_usec: 0), timeval(tv_sec: time(nil) + 7200, tv_usec: 0)]
        utimes(task.string, &times)
        let findings = await ClockCheck().examine(world.scene)
        #expect(findings.text.contains("that of the server http://127.0.0.1:\(server.port) differs by -"))
        #expect(findings.text.contains("from the future") || findings.text.contains("in the future"))
    }

    // MARK: timezone

    @Test func timeZone_isShown_andOneThatThisMachineLacksIsAProblem() throws {
        let catalogue = TimeZoneCatalogue()
        #expect(TimeZoneCheck().judge("UTC", catalogue)[0].message == "UTC (+00:00)")
        #expect(TimeZoneCheck().judge("Asia/Kolkata", catalogue)[0].message == "Asia/Kolkata (+05:30)")
        let empty = TimeZoneCatalogue(directory: "/nowhere", local: "/nowhere")
        #expect(TimeZoneCheck().judge(nil, empty)[0].message == "UTC (+00:00)")
        let findings = TimeZoneCheck().judge("Europe/Berlin", empty)
        #expect(findings.levels == [.problem])
        #expect(findings[0].mend?.contains("tzdata") == true)
        #expect(TimeZoneCheck().look(try DoctorWorld().scene).isGood)
    }

    // MARK: limits

    @Test func openFilesAndMemory_areHeldAgainstWhatADaemonNeeds() throws {
        let check = LimitsCheck()
        #expect(!check.look(try DoctorWorld().scene).hasProblem)
        // What the kernel says of a process, and of memory.
        var world = try DoctorWorld()
        world.scene.proc = world.home.appending("proc")
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            70                   4096  files\n"
        try DoctorWorld.write(limits, to: world.scene.proc.appending("self/limits"))
        try DoctorWorld.write("MemTotal: 9 kB\nMemAvailable:   1024 kB\n", to: world.scene.proc.appending("meminfo"))
        #expect(check.look(world.scene).text.contains("70 open files are allowed, and 4 tasks at once need 128"))
        #expect(check.look(world.scene).text.contains("1 MiB of memory"))
        #expect(check.judge(files: 1024, running: 4, memory: 1 << 30).isGood)
        #expect(check.judge(files: 1024, running: 4, memory: 1 << 30)[0].message.contains("about 896"))
        #expect(check.judge(files: nil, running: 4, memory: nil).isGood)
        #expect(check.judge(files: 100, running: 4, memory: nil).levels == [.problem])
        #expect(check.judge(files: 150, running: 4, memory: 1 << 20).levels == [.warning, .warning])
    }

    // MARK: git

    @Test func git_runs_orIsMissing() async throws {
        var scene = try DoctorWorld().scene
        let found = await GitCheck().examine(scene)
        #expect(found.isGood && found[0].message.contains("git version"))
        scene.environment["PATH"] = "/nowhere"
        #expect(await GitCheck().examine(scene).levels == [.warning])
        let world = try DoctorWorld()
        try DoctorWorld.write("#!/bin/sh\nexit 3\n", to: world.home.appending("git"), mode: 0o700)
        scene.environment["PATH"] = world.home.string
        let broken = await GitCheck().examine(scene)
        #expect(broken[0].message.contains("does not run"), "\(broken.text)")
    }
}
