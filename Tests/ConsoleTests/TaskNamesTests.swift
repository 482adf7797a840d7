import Console
import Spool
import Testing

@Suite struct TaskNamesTests {
    @Test func short_isTheCode_whereOnlyOneTaskHasIt() throws {
        let one = try id("20261123T093000250-k3x9a-fix-the-login")
        let other = try id("20261123T093000251-7fq20")
        let names = TaskNames(all: [one, other])
        #expect(names.short(one) == "k3x9a")
        #expect(names.short(other) == "7fq20")
    }

    @Test func short_isAPrefix_whereTwoTasksHaveTheCode() throws {
        let one = try id("20261123T093000250-k3x9a-fix")
        let other = try id("20261123T093000999-k3x9a-fix")
        let names = TaskNames(all: [one, other])
        #expect(names.short(one) == "20261123T0930002")
        #expect(names.short(other) == "20261123T0930009")
    }

    @Test func short_ofAChosenName_isTheNameOrABeginningOfIt() throws {
        let all = try ["nightly", "a-very-long-name-1", "a-very-long-name-2", "another-long-one"].map(id)
        let names = TaskNames(all: all)
        #expect(all.map(names.short) == ["nightly", "a-very-long-name-1", "a-very-long-name-2", "another-long"])
    }

    @Test(arguments: [
        "20261123T093000250", "20261123-093000250-k3x9a-x", "2026112xT093000250-k3x9a", "20261123T093000250-K3X9A",
    ])
    func code_isNil_forANameThatIsNotOurs(_ name: String) throws {
        #expect(TaskNames.code(of: try id(name)) == nil)
    }

    @Test func everyShortName_leadsBackToItsTask() throws {
        let temporary = try TemporarySpool()
        var ids = try (1...5).map { try temporary.submit("task \($0)") }
        for name in ["hand-made-with-a-long-name", "hand-made-with-a-long-name-2", "x"] {
            ids.append(try temporary.rename(ids.removeFirst(), to: name))
        }
        let names = TaskNames(all: ids)
        for id in ids { #expect(try temporary.spool.task(named: names.short(id)) == id) }
    }

    @Test func code_winsOverAnotherTasksEnd() throws {
        let temporary = try TemporarySpool()
        let one = try temporary.rename(try temporary.submit("a"), to: "20261123T093000250-tests-fix")
        let other = try temporary.rename(try temporary.submit("b"), to: "20261123T093000251-k3x9a-write-tests")
        #expect(try temporary.spool.task(named: "tests") == one)
        #expect(try temporary.spool.task(named: "write-tests") == other)
        #expect(try temporary.spool.task(named: "20261123T093000251") == other)
    }

    @Test func ambiguousAndUnknownNames_areErrorsThatSaySo() throws {
        let temporary = try TemporarySpool()
        _ = try temporary.rename(try temporary.submit("a"), to: "20261123T093000250-k3x9a-a")
        _ = try temporary.rename(try temporary.submit("b"), to: "20261123T093000251-k3x9a-b")
        #expect(throws: SpoolError.self) { try temporary.spool.task(named: "k3x9a") }
        let ambiguous = #expect(throws: SpoolError.self) { try temporary.spool.task(named: "20261123") }
        #expect(ambiguous?.code == .ambiguous)
        let unknown = #expect(throws: SpoolError.self) { try temporary.spool.task(named: "../etc") }
        #expect(unknown?.code == .taskNotFound)
    }
}
