import Connectors
import Logging
import TestSupport
import Testing

@testable import RemoteInbox

@Suite(.timeLimit(.minutes(2))) struct RemoteClaimsTests {
    private let storage = MemoryConnector()
    private let log = RecordedLog()

    private func claims(_ claimant: String, patience: Duration = .seconds(600)) -> RemoteClaims {
        let log = log
        return RemoteClaims(
            connector: storage, inbox: "in", name: "share", claimant: claimant, node: "node-\(claimant)",
            patience: patience, logger: Logger(label: "test") { _ in log })
    }

    private static func claim(_ name: String, _ claimant: String, _ nonce: String = "0") -> String {
        "in/.openloom-claims/\(ClaimName.hash(of: name)).\(claimant).\(nonce)"
    }

    private func look(
        _ claims: RemoteClaims, _ names: [String], taken: Set<String> = []
    ) async throws -> RemoteClaims.Finding {
        try await claims.look(at: names, ready: names, taken: { Set(taken.map { ClaimName.hash(of: $0) }) })
    }

    @Test func file_thatNobodyElseClaims_isOurs_alsoAfterARestart() async throws {
        let first = claims("b")
        let found = try await look(first, ["a.md", "b.md"])
        #expect(found.standing(of: "a.md") == .ours && found.standing(of: "b.md") == .ours && found.hasNew)
        #expect(found.standing(of: "c.md") == .nobodys)
        let again = try await look(first, ["a.md", "b.md"])
        #expect(again.standing(of: "a.md") == .ours && !again.hasNew)
        // A claimant that is lower comes too late, and does not make ours withdraw.
        let other = try await look(claims("a"), ["a.md"])
        #expect(other.standing(of: "a.md") == .others)
        let restarted = try await look(claims("b"), ["a.md", "b.md"])
        #expect(restarted.standing(of: "a.md") == .ours && restarted.hasNew)
        #expect(await storage.claims.count == 2)
    }

    @Test func knownFiles_costNoListing() async throws {
        let first = claims("b")
        _ = try await look(first, ["a.md"])
        let before = await storage.listings
        _ = try await look(first, ["a.md"])
        #expect(await storage.listings == before)
    }

    @Test func ofTwoThatClaimAtOnce_theHigherWithdraws() async throws {
        await storage.intrude(Self.claim("a.md", "a"))
        let found = try await look(claims("b"), ["a.md"])
        #expect(found.standing(of: "a.md") == .others)
        #expect(await storage.claims == [Self.claim("a.md", "a")])
    }

    @Test func ofTwoThatClaimAtOnce_theLowerWaits_untilItIsAlone() async throws {
        let other = Self.claim("a.md", "c")
        await storage.intrude(other)
        let ours = claims("b")
        #expect(try await look(ours, ["a.md"]).standing(of: "a.md") == .others)
        #expect(await storage.claims.count == 2)
        #expect(try await look(ours, ["a.md"]).standing(of: "a.md") == .others)
        try await storage.delete(other)
        let found = try await look(ours, ["a.md"])
        #expect(found.standing(of: "a.md") == .ours && found.hasNew)
    }

    @Test func fileThatWasTaken_staysOurs_whoeverElseClaimsIt() async throws {
        try await storage.upload([], to: Self.claim("a.md", "b"))
        try await storage.upload([], to: Self.claim("a.md", "a"))
        let found = try await look(claims("b"), ["a.md"], taken: ["a.md"])
        #expect(found.standing(of: "a.md") == .ours)
        #expect(await storage.claims.count == 2)
    }

    @Test func storageThatTakesNoClaims_isSaidToBeUnshareable() async throws {
        await storage.refuse(ConnectorError(.unsupported, "upload: no such thing"))
        let error = await #expect(throws: ConnectorError.self) { try await look(claims("b"), ["a.md"]) }
        #expect(error?.message.hasPrefix("files can't be claimed: upload: no such thing; if no other daemon") == true)
    }

    @Test func strangeNames_areNoClaims() async throws {
        for name in ["readme", "\(ClaimName.hash(of: "a.md")).a", "../x.a.0", "G.a.0", ".a.0"] {
            try await storage.upload([], to: "in/.openloom-claims/\(name)")
        }
        #expect(try await look(claims("b"), ["a.md"]).standing(of: "a.md") == .ours)
    }

    @Test func claim_isRemoved_onlyWhenTheFileIsGoneAndForgotten() async throws {
        let ours = claims("b")
        _ = try await look(ours, ["a.md", "b.md"])
        try await ours.release(except: ["a.md", "b.md"], taken: { [] })
        #expect(await storage.claims.count == 2)
        try await ours.release(except: ["a.md"], taken: { [ClaimName.hash(of: "b.md")] })
        #expect(await storage.claims.count == 2)
        try await ours.release(except: ["a.md"], taken: { [] })
        #expect(await storage.claims.count == 1)
        #expect(try await look(ours, ["b.md"]).standing(of: "b.md") == .ours)
    }

    @Test func oneLook_claimsABatch_andListsTwice() async throws {
        let names = (0..<250).map { "\($0).md" }
        let ours = claims("b")
        let found = try await look(ours, names)
        #expect(names.filter { found.standing(of: $0) == .ours }.count == 100)
        #expect(await storage.listings == 2)
        _ = try await look(ours, names)
        let last = try await look(ours, names)
        #expect(names.allSatisfy { last.standing(of: $0) == .ours })
    }

    @Test func daemonThatHasFilesForLong_isToldOfOnce() async throws {
        _ = try await look(claims("a"), ["a.md", "b.md"])
        let ours = claims("b", patience: .zero)
        for _ in 0..<3 { _ = try await look(ours, ["a.md", "b.md"]) }
        #expect(log.lines.count == 1)
        let line = try #require(log.lines.first)
        #expect(line.hasPrefix("another daemon has had files for long; if it is gone for good, delete its claims"))
        #expect(line.contains("node-a") && line.contains("in/.openloom-claims/") && line.contains("\"files\": 2"))
    }

    /// Every file is somebody's in the end, and never two's, however their steps fall.
    @Test func manyThatRace_neverHaveTheSameFile() async throws {
        for round in 0..<30 {
            let storage = MemoryConnector()
            let names = (0..<8).map { "\(round)-\($0).md" }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let owners = Owners()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for claimant in ["a", "b", "c"] {
                    group.addTask {
                        let claims = RemoteClaims(
                            connector: storage, inbox: "in", name: "share", claimant: claimant, node: claimant,
                            patience: .seconds(600), logger: logger)
                        while await owners.files.count < names.count {
                            let found = try await claims.look(at: names, ready: names, taken: { [] })
                            for name in names where found.standing(of: name) == .ours {
                                await owners.add(claimant, to: name)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await owners.files.values.allSatisfy { $0.count == 1 })
        }
    }

    /// Who has which file.
    private actor Owners {
        private(set) var files: [String: Set<String>] = [:]

        func add(_ claimant: String, to file: String) { files[file, default: []].insert(claimant) }
    }
}
