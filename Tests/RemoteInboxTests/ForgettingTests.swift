import Glibc
import Logging
import RemoteInbox
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

/// What is remembered of files that are not there any more.
@Suite(.timeLimit(.minutes(2))) struct ForgettingTests {
    private let storage = MemoryConnector()
    private let directory: TemporaryDirectory
    private let spool: SpoolDirectory

    init() throws {
        directory = try TemporaryDirectory()
        mkdir(directory.path.appending("work").string, 0o700)
        spool = try SpoolDirectory(openingOrCreating: directory.path.appending("spool"))
    }

    private func put(_ name: String) async throws {
        try await storage.upload(Array("# \(name)\n\nDo it.\n".utf8), to: "in/\(name).md")
    }

    /// Runs a service until `body` has come to its end.
    private func look(isReadOnly: Bool = false, _ body: () async throws -> Void) async throws {
        let work = directory.path.appending("work")
        var settings = RemoteInboxSettings(
            name: "share", inbox: "in", files: [], outbox: nil, workspace: nil, permissions: nil, verify: [],
            pollInterval: .milliseconds(10), settle: .milliseconds(1), fileBytes: 1 << 20)
        settings.isReadOnly = isReadOnly
        let service = RemoteInboxService(
            spool: spool, connector: storage,
            reader: TaskSourceReader(workspaces: WorkspacePolicy(defaultWorkspace: work)), settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await service.run() }
        defer { running.cancel() }
        try await body()
    }

    private func wait(_ isSo: () async throws -> Bool) async throws {
        while try await !isSo() { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func tasks() throws -> [TaskID] { try spool.list(.new) }

    private func name(_ id: TaskID) throws -> String? { try spool.readSpec(id, in: .new)?.name }

    /// A page that somebody else serves for a while, such as one that says that the server is being mended.
    @Test func fileThatAnIndexDoesNotListForAWhile_isNoNewTask_whenItIsBack() async throws {
        try await put("a")
        try await look(isReadOnly: true) {
            try await wait { try tasks().count == 1 }
            try spool.remove(try #require(try tasks().first))
            try await storage.delete("in/a.md")
            let seen = await storage.listings
            try await wait { await storage.listings > seen + 2 }
            try await put("a")
            let back = await storage.listings
            try await wait { await storage.listings > back + 2 }
            try await put("b")
            try await wait { try tasks().contains { try name($0) == "b" } }
        }
        #expect(try tasks().map(name) == ["b"])
    }

    @Test func fileThatIsPutThereAgain_isANewTask() async throws {
        try await put("a")
        try await look {
            try await wait { try tasks().count == 1 }
            try spool.remove(try #require(try tasks().first))
            try await storage.delete("in/a.md")
            try await wait { try spool.takenNames(of: "share").isEmpty }
            try await put("a")
            try await wait { try tasks().count == 1 }
        }
    }

    @Test func fileThatCanNotBeRead_doesNotHaveOthersRemembered() async throws {
        try await put("a")
        try await put("locked")
        await storage.lock("in/locked.md")
        try await look {
            try await wait { try tasks().count == 1 }
            try spool.remove(try #require(try tasks().first))
            try await storage.delete("in/a.md")
            try await wait { try spool.takenNames(of: "share").isEmpty }
        }
    }
}
