import Spool
import SystemPackage
import Testing

/// What an attempt takes over from the one before.
@Suite struct InheritedBaselineTests {
    /// A task whose first attempt has a baseline, in its second.
    private func secondAttempt(
        _ temporary: TemporarySpool, ending: (TaskID) throws -> Void
    ) throws -> TaskPaths {
        let id = try temporary.running()
        let evidence = temporary.paths.task(id, in: .running).evidence
        for name in ["baseline.list", "changes.json"] {
            try write(name, to: evidence.appending(name))
        }
        try ending(id)
        let task = try temporary.spool.claim(id, owner: .other)
        try temporary.spool.makeDirectory(task.evidence)
        try temporary.spool.inheritBaseline(task)
        return task
    }

    @Test func attemptThatIsPutBack_leavesItsBaseline() throws {
        let temporary = try TemporarySpool()
        let task = try secondAttempt(temporary) {
            try temporary.spool.requeue($0, notBefore: .now(), reason: "overloaded")
        }
        #expect(try names(in: task.evidence) == ["baseline.json", "baseline.list"])
        #expect(try names(in: task.attempts.appending("1").appending("evidence")) == ["changes.json"])
        // Once more changes nothing.
        try temporary.spool.inheritBaseline(task)
        #expect(try names(in: task.evidence).count == 2)
    }

    @Test func attemptThatEnded_doesNot() throws {
        let temporary = try TemporarySpool()
        let task = try secondAttempt(temporary) { id in
            try temporary.spool.finish(id, from: .running, as: TaskEnding(verdict: .error, reason: "x"))
            try temporary.move(id, from: .failed, to: .new)
        }
        #expect(try names(in: task.evidence) == [])
    }
}
