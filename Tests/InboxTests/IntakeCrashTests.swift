import Glibc
import Spool
import SystemPackage
import Testing

/// A process that dies while it takes a dropped file: the file is in one place, whole, and becomes one task.
@Suite struct IntakeCrashTests {
    /// Where taking a file from another filesystem comes by.
    @Test(arguments: [CrashPoint.intakePrepared, .intakeAside, .intakeClaimed, .intakeWritten, .submitMoved])
    func fileOnAnotherFilesystem_survivesAKill(at point: CrashPoint) async throws {
        try await survives(point, in: try InboxWorld(inboxIn: try OtherFilesystem.path))
    }

    @Test(arguments: [CrashPoint.intakePrepared, .intakeClaimed, .intakeWritten, .submitMoved])
    func fileInTheSpool_survivesAKill(at point: CrashPoint) async throws {
        try await survives(point, in: try InboxWorld())
    }

    private func survives(_ point: CrashPoint, in world: InboxWorld) async throws {
        let text = "# Précis\n\nAll of it.\n"
        try world.drop("job.md", text)
        let (root, file) = (world.spool.root.string, world.inbox.appending("job.md").string)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root as String, file = file as String, name = point.rawValue as String] in
            setenv("OPENLOOM_CRASH_AT", name, 1)
            let spool = try SpoolDirectory(opening: FilePath(root))
            let intake = try spool.take(FilePath(file), as: "md", project: nil)
            _ = try spool.complete(intake, spec: IntakeCrashTests.spec)
        }

        let report = try world.spool.recover()
        #expect(report.problems == [])
        var tasks: [TaskID] = []
        for directory in report.intakes {
            // A second look finds what the first has left there.
            let intake = try #require(try world.spool.resumeIntake(directory))
            #expect(try world.spool.resumeIntake(directory)?.id == intake.id)
            #expect(intake.fileName == "job.md")
            #expect(try world.spool.readSource(of: intake, limit: 1 << 20) == Array(text.utf8))
            tasks.append(try world.spool.complete(intake, spec: Self.spec))
        }
        switch point {
        case .intakePrepared:
            #expect(tasks == [] && world.inboxNames.contains("job.md"))
            let intake = try world.spool.take(world.inbox.appending("job.md"), as: "md", project: nil)
            tasks.append(try world.spool.complete(intake, spec: Self.spec))
        case .submitMoved: tasks = try world.spool.list(.new)
        default: break
        }
        #expect(try world.spool.list(.new) == tasks)
        #expect(tasks.count == 1)
        #expect(world.text("new/\(try #require(tasks.first))/source.md") == text)
        #expect(!world.inboxNames.contains("job.md") && world.aside == [])
        #expect(world.tmp == [])
    }

    static let spec = TaskSpec(
        name: "job", workspace: "/tmp", goal: "All of it.", created: .now(), origin: TaskOrigin(.inbox))
}
