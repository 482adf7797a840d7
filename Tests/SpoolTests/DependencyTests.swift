import JSON
import Spool
import SystemPackage
import Testing

/// What a task finds of those that it waits for.
@Suite struct DependencyTests {
    private let temporary: TemporarySpool
    private let finder: DependencyFinder

    init() throws {
        temporary = try TemporarySpool()
        finder = DependencyFinder(temporary.spool, TaskIndex(temporary.spool))
    }

    private func state(
        _ task: String, on condition: TaskDependency.Condition = .ok, for name: String = "dependent",
        created: Timestamp = .now()
    ) throws -> DependencyState {
        let id = try #require(TaskID("dependent"))
        return try finder.state(
            of: TaskDependency(task, on: condition), for: .init(id: id, name: name, created: created))
    }

    @Test(arguments: [
        (Verdict.changed, TaskDependency.Condition.ok, true), (.changed, .any, true), (.changed, .failed, false),
        (.error, .ok, false), (.error, .any, true), (.error, .failed, true), (.cancelled, .failed, true),
    ])
    func endedTask_meetsTheConditionOrNever(
        verdict: Verdict, condition: TaskDependency.Condition, isMet: Bool
    ) throws {
        let id = try temporary.ended(verdict, name: "first")
        for text in ["first", id.rawValue] {
            let found = try state(text, on: condition)
            if isMet {
                #expect(found == .met)
            } else if case .hopeless(let reason) = found {
                #expect(reason.contains(id.rawValue))
            } else {
                Issue.record("\(found)")
            }
        }
    }

    @Test func taskThatHasNotEnded_isWaitedFor_whateverTheCondition() throws {
        let id = try temporary.submit("first")
        for condition in TaskDependency.Condition.allCases {
            #expect(try state("first", on: condition) == .waiting(id, .new))
        }
        try temporary.start(id)
        #expect(try state(id.rawValue) == .waiting(id, .running))
    }

    @Test func name_meansTheNewestTaskThatBearsIt() throws {
        _ = try temporary.ended(.changed, name: "nightly")
        #expect(try state("nightly") == .met)
        let second = try temporary.submit("nightly")
        #expect(try state("nightly") == .waiting(second, .new))
        try temporary.start(second)
        try temporary.spool.finish(second, from: .running, as: TaskEnding(verdict: .error, reason: "no"))
        #expect(try state("nightly", on: .failed) == .met)
        try temporary.spool.retry(second)
        #expect(try state("nightly", on: .failed) == .waiting(second, .new))
    }

    @Test func ownName_meansTheTaskBefore_andTheFirstWaitsForNothing() throws {
        let first = try temporary.submit("line")
        let second = try temporary.submit("line")
        let created = try #require(try temporary.spool.readSpec(first, in: .new)).created
        func state(_ id: TaskID) throws -> DependencyState {
            try finder.state(
                of: "line",
                for: .init(
                    id: id, name: "line",
                    created: try #require(try temporary.spool.readSpec(id, in: .new)).created))
        }
        #expect(try state(first) == .met)
        #expect(try state(second) == .waiting(first, .new))
        #expect(try self.state("line", for: "line", created: created.adding(seconds: -1)) == .met)
    }

    @Test func deletedTask_isHopeless_orEndedForAny() throws {
        let id = try temporary.submit("first")
        try temporary.spool.remove(id)
        #expect(try state(id.rawValue) == .hopeless("the task \(id) was deleted"))
        #expect(try state(id.rawValue, on: .any) == .met)
        #expect(try state("first") == .missing)
        #expect(try state("first", on: .any) == .missing)
    }

    /// A person's name for a directory counts as an id, the title of such a task as a name; what can't be read is nothing.
    @Test func tasksThatPeopleNamed_areFound_andDamagedOnesPassedOver() throws {
        let damaged = temporary.paths.directory(of: .done).appending("damaged")
        try makeDirectory(damaged)
        try write("{", to: damaged.appending("task.json"))
        let id = try temporary.ended(.changed, name: "Tidy up")
        let byHand = try #require(TaskID("by-hand"))
        try rename(
            temporary.paths.task(id, in: .done).directory, temporary.paths.task(byHand, in: .done).directory)
        #expect(try state("by-hand") == .met)
        #expect(try state("Tidy up") == .met)
        #expect(try state("damaged") == .met)
        #expect(try state("Tidy") == .missing)
    }

    @Test func taskWithAKey_isFoundByName() throws {
        let id = try temporary.submit("Build it", key: "k")
        #expect(try state("Build it") == .waiting(id, .new))
    }

    @Test func itself_isNeverMet() throws {
        #expect(try state("dependent") == .hopeless("it waits for itself"))
    }

    @Test func spec_keepsConditions() throws {
        var spec = temporary.spec()
        spec.after = ["a", TaskDependency("b", on: .any), TaskDependency("c", on: .failed)]
        spec.expires = Timestamp(milliseconds: 1_795_427_400_000)
        #expect(spec.json["after"] == ["a", ["task": "b", "on": "any"], ["task": "c", "on": "failed"]])
        #expect(TaskSpec(json: spec.json) == spec)
    }

    @Test func fingerprint_ofATaskThatWaits_changesWithThoseItWaitsFor_andNoOther() throws {
        var spec = temporary.spec("second")
        spec.after = ["first"]
        let second = try temporary.spool.submit(Submission(spec: spec, source: [], fileExtension: "txt"))
        let plain = try temporary.submit("plain")
        let first = try temporary.submit("first")
        let before = (try temporary.spool.fingerprint(second), try temporary.spool.fingerprint(plain))
        try temporary.start(first)
        #expect(try temporary.spool.fingerprint(second) != before.0)
        #expect(try temporary.spool.fingerprint(plain) == before.1)
    }
}
