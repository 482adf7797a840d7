import Connectors
import FoundationEssentials
import Glibc
import Logging
import RemoteInbox
import RemoteStorage
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

/// Daemons with spools of their own that look at one inbox.
@Suite(.timeLimit(.minutes(3))) struct SharedInboxTests {
    @Test func manyFiles_areEachTakenOnce_byOneOfTwoDaemons() async throws {
        let directory = try TemporaryDirectory()
        let inbox = directory.path.appending("share/in")
        for path in [directory.path.appending("share"), inbox, directory.path.appending("work")] {
            mkdir(path.string, 0o700)
        }
        let storage = DirectoryConnector(root: directory.path.appending("share"))
        let names = (0..<120).map { "task \($0).md" }
        for name in names { try await storage.upload(Array("# \(name)\n\nDo it.\n".utf8), to: "in/\(name)") }
        let spools = try ["one", "two"].map { try SpoolDirectory(openingOrCreating: directory.path.appending($0)) }
        let reader = TaskSourceReader(workspaces: WorkspacePolicy(defaultWorkspace: directory.path.appending("work")))

        func taken(_ spool: SpoolDirectory) throws -> [String] {
            try spool.list(.new).compactMap { try spool.readSpec($0, in: .new)?.name }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for spool in spools {
                let service = RemoteInboxService(
                    spool: spool, connector: DirectoryConnector(root: directory.path.appending("share")),
                    reader: reader,
                    settings: RemoteInboxSettings(
                        name: "share", inbox: "in", files: [], outbox: nil, workspace: nil, permissions: nil,
                        verify: [], pollInterval: .milliseconds(20), settle: .milliseconds(1), fileBytes: 1 << 20,
                        sharedAs: spool.root.lastComponent?.string),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                group.addTask { try await service.run() }
            }
            defer { group.cancelAll() }
            let end = ContinuousClock.now + .seconds(150)
            while try spools.map({ try $0.list(.new).count }).reduce(0, +) < names.count, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let all = try spools.flatMap(taken)
        #expect(all.count == names.count && Set(all) == Set(names))
        // One that came second may still wait with its claim.
        let claims = try await storage.list("in/.openloom-claims") ?? []
        #expect(Set(claims.compactMap { $0.name.split(separator: ".").first }).count == names.count)
    }

    @Test func claimant_isMadeOnce_andADamagedOneIsRefused() throws {
        let directory = try TemporaryDirectory()
        let spool = try SpoolDirectory(openingOrCreating: directory.path.appending("spool"))
        let name = try spool.claimant(of: "share")
        #expect(name.utf8.count == 16 && name.allSatisfy(\.isHexDigit))
        #expect(try spool.claimant(of: "share") == name)
        #expect(try spool.claimant(of: "other") != name)
        try "nonsense".write(toFile: spool.paths.claimant("share").string, atomically: true, encoding: .utf8)
        let error = #expect(throws: SpoolError.self) { try spool.claimant(of: "share") }
        #expect(error?.code == .damaged)
    }
}
