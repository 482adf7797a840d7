import Glibc
import Spool
import SystemPackage
import Testing

/// Start-up: each leftover goes where its comment says, and running it twice changes nothing.
@Suite struct RecoveryTests {
    /// A process id that is nobody's.
    private static let deadPID = 4_194_303

    private func recoverTwice(_ temporary: TemporarySpool) throws -> RecoveryReport {
        let report = try temporary.spool.recover()
        let before = try tree(temporary.spool.root)
        _ = try temporary.spool.recover()
        #expect(try tree(temporary.spool.root) == before)
        return report
    }

    @Test func writtenEnding_isMoved() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        try temporary.spool.recordEnding(id, in: .running, TaskEnding(verdict: .changed, reason: ""))
        #expect(try recoverTwice(temporary).finished == [id])
        #expect(temporary.states(of: id) == [.done])
    }

    @Test func writtenRequeue_isMoved() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        try temporary.spool.requeue(id, notBefore: .now(), reason: "again")
        try temporary.move(id, from: .new, to: .running)
        #expect(try recoverTwice(temporary).requeued == [id])
        #expect(temporary.states(of: id) == [.new])
    }

    @Test func runningTask_staysToBeAdopted() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        #expect(try recoverTwice(temporary).adoptable == [id])
        #expect(temporary.states(of: id) == [.running])
    }

    @Test func cutOffSubmission_isSetAside_withAReason() throws {
        let temporary = try TemporarySpool()
        let build = temporary.paths.temporary.appending("\(Self.deadPID).some-task")
        try makeDirectory(build)
        try write("# words", to: build.appending("source.md"))
        #expect(try recoverTwice(temporary).setAside == ["some-task"])
        #expect(try text(of: temporary.paths.rejected.appending("some-task/source.md")) == "# words")
        #expect(try names(in: temporary.paths.rejected).contains("some-task.reason.txt"))
    }

    @Test func emptyBuildAndTrash_go() throws {
        let temporary = try TemporarySpool()
        try makeDirectory(temporary.paths.temporary.appending("\(Self.deadPID).nothing-yet"))
        let trash = temporary.paths.temporary.appending("\(Self.deadPID)..trash.gone")
        try makeDirectory(trash)
        try write("{}", to: trash.appending("task.json"))
        _ = try recoverTwice(temporary)
        #expect(try temporary.temporaries() == [])
        #expect(try names(in: temporary.paths.rejected) == [])
    }

    @Test func directoryThatSomebodyBuilds_isLeftAlone_untilItIsOld() throws {
        let temporary = try TemporarySpool()
        let build = temporary.paths.temporary.appending("by-hand")
        try makeDirectory(build)
        try write("# words", to: build.appending("source.md"))
        #expect(try recoverTwice(temporary).setAside == [])
        #expect(exists(build))
        try age(build, bySeconds: Int(SpoolDirectory.strangeBuildAge) + 60)
        #expect(try recoverTwice(temporary).setAside == ["by-hand"])
    }

    @Test func strangeNames_areNotTouched() throws {
        let temporary = try TemporarySpool()
        for state in TaskState.allCases {
            try makeDirectory(temporary.paths.directory(of: state).appending("-not a task"))
            try write("x", to: temporary.paths.directory(of: state).appending("README: mine"))
        }
        let before = try tree(temporary.spool.root)
        _ = try recoverTwice(temporary)
        #expect(try tree(temporary.spool.root) == before)
    }

    /// The process really dies there, as by `kill -9`; afterwards there is one task, in a state that it can go on from.
    @Test(arguments: [
        CrashPoint.submitWritten, .submitMoved, .attemptSetAside, .claimMoved, .requeueWritten, .requeueMoved,
        .removeMoved,
    ])
    func killedProcess_leavesAtMostOneWholeTask(at point: CrashPoint) async throws {
        let temporary = try TemporarySpool()
        let root = temporary.spool.root.string
        let workspace = temporary.workspace.string
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root as String, workspace = workspace as String, name = point.rawValue as String] in
            setenv("OPENLOOM_CRASH_AT", name, 1)
            let spool = try SpoolDirectory(opening: FilePath(root))
            let spec = TaskSpec(
                name: "doomed", workspace: FilePath(workspace), goal: "x", created: .now(), origin: TaskOrigin(.cli)
            )
            let id = try spool.submit(Submission(spec: spec, source: [120], fileExtension: "txt"))
            _ = try spool.claim(id, owner: .current())
            try spool.requeue(id, notBefore: .now(), reason: "x")
            try spool.remove(id)
        }
        _ = try temporary.spool.recover()

        let tasks = try temporary.tasks()
        let accepted = point != .submitWritten && point != .removeMoved
        #expect(tasks.count == (accepted ? 1 : 0))
        #expect(try temporary.temporaries() == [])
        // What was never accepted is not lost either.
        #expect(try names(in: temporary.paths.rejected).isEmpty == (point != .submitWritten))
        for id in tasks {
            let state = try #require(temporary.states(of: id).first)
            #expect(temporary.states(of: id).count == 1)
            if state == .new { _ = try temporary.spool.claim(id, owner: .other) }
            try temporary.spool.finish(id, from: .running, as: TaskEnding(verdict: .changed, reason: ""))
            #expect(temporary.states(of: id) == [.done])
        }
    }
}
