import Spool
import SystemPackage
import Testing

@Suite struct TaskIndexTests {
    private let spool: SpoolDirectory
    private let index: TaskIndex

    init() throws {
        spool = try SpoolDirectory(openingOrCreating: makeTemporaryDirectory().appending("spool"))
        index = TaskIndex(spool)
    }

    private func directory(_ name: String, _ state: TaskState) -> FilePath {
        spool.paths.directory(of: state).appending(name)
    }

    private func ids(_ state: TaskState) throws -> [String] {
        let names = try index.names(in: state)
        return (0..<names.count).map { names[$0].rawValue }
    }

    @Test func names_areThoseOfOursByAge_thenThoseOfPeople_andNothingElse() throws {
        for name in [
            "zebra", "20261124T001832996-aaaaa-b", "20261124T001832996-aaaaa", "20251124T001832996-zzzzz-c", "Ant",
            "no task", ".hidden", "20261124T001832996-short",
        ] {
            try makeDirectory(directory(name, .done))
        }
        #expect(
            try ids(.done) == [
                "20251124T001832996-zzzzz-c", "20261124T001832996-aaaaa", "20261124T001832996-aaaaa-b",
                "20261124T001832996-short", "Ant", "zebra",
            ])
        #expect(try index.names(in: .done).madeCount == 4)
    }

    @Test func names_showEveryChangeAtOnce_howeverShortAfterTheLastLook() throws {
        for round in 0..<400 {
            let name = "task-\(round)"
            try makeDirectory(directory(name, .new))
            #expect(try ids(.new) == [name])
            try rename(directory(name, .new), directory(name, .done))
            #expect(try ids(.new).isEmpty)
            #expect(try ids(.done) == [name])
            try rename(directory(name, .done), directory("other", .done))
            #expect(try ids(.done) == ["other"])
            try removeDirectory(directory("other", .done))
            #expect(try ids(.done).isEmpty)
        }
    }

    @Test func names_ofADirectoryThatDoesNotChange_areListedOnce() async throws {
        try makeDirectory(directory("one", .done))
        try await eventually("the listing is used again") {
            _ = try index.names(in: .done)
            let count = index.listingCount
            let names = try ids(.done)
            return names == ["one"] && index.listingCount == count
        }
        try makeDirectory(directory("two", .done))
        #expect(try ids(.done) == ["one", "two"])
    }

    @Test func names_ofADirectoryThatWasReplaced_areThoseOfTheNewOne() async throws {
        try makeDirectory(directory("one", .done))
        try await eventually("the listing is used again") {
            _ = try index.names(in: .done)
            let count = index.listingCount
            _ = try index.names(in: .done)
            return index.listingCount == count
        }
        let done = spool.paths.directory(of: .done)
        try rename(done, spool.root.appending("away"))
        #expect(throws: SpoolError.self) { try index.names(in: .done) }
        try makeDirectory(done)
        #expect(try ids(.done).isEmpty)
    }
}
