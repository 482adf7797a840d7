import JSON
import Spool
import SystemPackage
import Testing

/// Reading a journal forwards gives each event once, wherever reading begins and however the files are cut.
@Suite struct JournalReaderTests {
    let temporary: TemporarySpool
    let node = "test"

    init() throws { temporary = try TemporarySpool() }

    private func append(_ count: Int, to journal: inout Journal) throws {
        for number in 0..<count {
            let id = try #require(TaskID("task\(number)"))
            _ = try journal.append(.created, id: id, name: "a task", status: "pending")
        }
    }

    private func all(after number: Int) throws -> [Int] {
        let journal = try Journal(temporary.spool, node: node)
        var reader = JournalReader(journal.files, after: number)
        var numbers: [Int] = []
        while true {
            let events = try reader.next()
            if events.isEmpty { break }
            numbers += events.map(\.number)
        }
        #expect(try reader.next().isEmpty)
        return numbers
    }

    @Test(arguments: [0, 1, 999, 2500, 4998, 4999, 5000, 6000])
    func reader_givesWhatComesAfterANumber_inALongFile(after number: Int) throws {
        var journal = try Journal(temporary.spool, node: node)
        try append(5000, to: &journal)
        #expect(try all(after: number) == Array(max(1, number + 1)..<max(5001, number + 1)))
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 6])
    func reader_goesOnFromDayToDay(after number: Int) throws {
        var journal = try Journal(temporary.spool, node: node)
        try append(6, to: &journal)
        let directory = temporary.paths.journal.appending(node)
        let today = directory.appending(try names(in: directory)[0])
        let lines = try text(of: today).split(separator: "\n").map { $0 + "\n" }
        try write(lines[0..<2].joined(), to: directory.appending("2025-01-01.jsonl"))
        try write(lines[2..<3].joined(), to: directory.appending("2025-01-02.jsonl"))
        try write(lines[3..<6].joined(), to: today)
        #expect(try all(after: number) == Array(number + 1..<7))
    }

    @Test func reader_seesWhatIsAppended_butNoHalfLine() throws {
        var journal = try Journal(temporary.spool, node: node)
        var reader = JournalReader(journal.files, after: 0)
        #expect(try reader.next().isEmpty)
        try append(2, to: &journal)
        #expect(try reader.next().map(\.number) == [1, 2])
        try reader.sync()
        let directory = temporary.paths.journal.appending(node)
        let today = directory.appending(try names(in: directory)[0])
        let whole = try text(of: today)
        let third = TaskEvent(
            number: 3, kind: .deleted, id: try #require(TaskID("x")), name: "x", status: "deleted"
        ).json.compact
        try write(whole + third.prefix(20), to: today)
        #expect(try reader.next().isEmpty)
        try write(whole + third + "\n", to: today)
        #expect(try reader.next().map(\.number) == [3])
    }

    @Test func damagedLines_areLeftOut() throws {
        var journal = try Journal(temporary.spool, node: node)
        try append(3, to: &journal)
        let directory = temporary.paths.journal.appending(node)
        let today = directory.appending(try names(in: directory)[0])
        var lines = try text(of: today).split(separator: "\n").map(String.init)
        lines[1] = "{\"seq\": 2"
        try write(lines.joined(separator: "\n") + "\n", to: today)
        #expect(try all(after: 0) == [1, 3])
    }
}
