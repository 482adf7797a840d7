import Glibc
import JSON
import SystemPackage
import Testing

@testable import Evidence

@Suite(.serialized, .timeLimit(.minutes(3))) struct EvidenceLimitsTests {
    @Test func newFiles_areNotCalledAdded_whereTheBaselineHadNotLooked() async throws {
        let place = try TemporaryWorkspace("mkdir a b; echo 1 >a/1; echo 2 >a/2; echo 3 >b/3; touch -d @1000000000 b/3")
        let subject = place.subject(limits: EvidenceLimits(files: 2))
        try await subject.recordBaseline()
        #expect(try place.json("baseline.json")["notes"]?[0]?.string?.contains("more than 2 files") == true)
        try place.shell("rm a/1; echo x >>a/2; echo x >b/0")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["deleted a/1", "modified a/2"])
        #expect(summary.undeterminable.contains("b/0: new or changed; the baseline had not looked there"))
    }

    @Test func missingFiles_areLookedFor_whereTheComparisonDidNotGetTo() async throws {
        let place = try TemporaryWorkspace("for i in 1 2 3 4 5; do echo $i >$i; done")
        try await place.subject.recordBaseline()
        try place.shell("rm 4; echo x >>5")
        let summary = try await place.subject(limits: EvidenceLimits(files: 2)).recordChanges()
        #expect(summary.lines == ["deleted 4"])
        #expect(summary.undeterminable.contains("5: touched, and not compared"))
    }

    @Test func hashLimit_makesSameSizeUndeterminable_andOtherSizeChange() async throws {
        let place = try TemporaryWorkspace("truncate -s 1T sparse; truncate -s 1T other; echo a >a")
        try await place.subject.recordBaseline()
        #expect(try await place.subject.recordChanges().isEmpty)
        try place.shell("touch sparse; truncate -s 2T other; echo b >>a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a", "modified other"])
        #expect(summary.undeterminable.contains { $0.hasPrefix("sparse: touched") })
        #expect(summary.changes.last?.notInPatch == "its content before was not kept")
    }

    @Test func fileOverTheKeepLimit_isModifiedWithoutPatch() async throws {
        let place = try TemporaryWorkspace("seq 100 >a; echo b >b")
        let limits = EvidenceLimits(keptFileBytes: 100)
        try await place.subject(limits: limits).recordBaseline()
        try place.shell("echo x >>a; echo x >>b")
        let summary = try await place.subject(limits: limits).recordChanges()
        #expect(summary.lines == ["modified a", "modified b"])
        #expect(summary.changes.map(\.notInPatch) == ["its content before was not kept", nil])
        #expect(summary.changes.first?.sha256Before != nil)
        let patch = try place.shell("cat changes.patch", in: place.evidence)
        #expect(patch.contains("b/b") && !patch.contains("a/a"))
    }

    @Test func patchOverTheLimit_isLeftOut() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        let limits = EvidenceLimits(patchBytes: 100)
        try await place.subject(limits: limits).recordBaseline()
        try place.shell("echo b >>a; seq 1000 >c")
        let summary = try await place.subject(limits: limits).recordChanges()
        #expect(summary.lines == ["modified a", "added c"])
        #expect(summary.changes.last?.notInPatch != nil)
        #expect(summary.patch == .absent("it would be larger than 100 bytes"))
        #expect(!place.has("changes.patch") && !place.has("patch.tmp"))
    }

    @Test func depthLimit_isAGap() async throws {
        let place = try TemporaryWorkspace("mkdir -p a/b/c/d; echo x >a/b/c/d/x; echo y >a/y")
        let subject = place.subject(limits: EvidenceLimits(depth: 2))
        try await subject.recordBaseline()
        try place.shell("echo z >>a/b/c/d/x; echo z >>a/y")
        let summary = try await subject.recordChanges()
        #expect(summary.lines == ["modified a/y"])
        #expect(summary.undeterminable == ["directories nested deeper than 2 were not looked into"])
    }

    @Test func veryDeepTree_isSurvived() async throws {
        let place = try TemporaryWorkspace(
            "mkdir -p \(String(repeating: "d/", count: 1500))e; echo x >\(String(repeating: "d/", count: 1500))x")
        try await place.subject.recordBaseline()
        let summary = try await place.subject.recordChanges()
        #expect(summary.isEmpty)
        #expect(summary.undeterminable.count == 1)
    }

    @Test func timeLimit_isAGap() async throws {
        let place = try TemporaryWorkspace("for i in $(seq 600); do : >$i; done")
        let subject = place.subject(limits: EvidenceLimits(walkSeconds: -1))
        try await subject.recordBaseline()
        #expect(try place.json("baseline.json")["notes"]?[0]?.string?.contains("took more than") == true)
        #expect(try place.json("baseline.json")["not_looked_into"]?[0]?["path"] == "")
    }

    @Test func unreadableFilesAndDirectories_areGaps() throws {
        let place = try TemporaryWorkspace("mkdir d; echo x >d/x; chmod 000 d; echo y >y; chmod 000 y; echo z >z")
        try place.shell("chmod 755 . ..")
        // Root may read everything: give that up for the calls of this thread.
        let setFileUser = try fileUserSetter()
        _ = setFileUser(65534)
        defer { _ = setFileUser(getuid()) }
        let tree = WorkspaceTree(limits: EvidenceLimits(), excluded: [])
        let budget = WalkBaseline.Budget(limits: tree.limits)
        let (parts, outcome) = try tree.scanHere(place.workspace) { WalkBaseline.Part($0, $1, budget) }
        let baseline = WalkBaseline(parts, outcome, tree.limits)
        #expect(baseline.outcome.gaps == [Array("d".utf8)])
        #expect(baseline.files.map { $0.sha256 == nil } == [true, false])
        #expect(baseline.outcome.notes.all.count == 2)
    }

    /// setfsuid(2), which Glibc's module does not show.
    private func fileUserSetter() throws -> @convention(c) (uid_t) -> Int32 {
        let symbol = try #require(dlsym(nil, "setfsuid"))
        return unsafeBitCast(symbol, to: (@convention(c) (uid_t) -> Int32).self)
    }

    @Test func anotherFilesystem_isAGap() throws {
        var limits = EvidenceLimits()
        limits.depth = 1
        let outcome = try WorkspaceTree(limits: limits, excluded: []).scanHere("/") { _, _ in }.outcome
        #expect(outcome.gaps.contains(Array("proc".utf8)))
    }

    @Test func vanishingAndGrowingFiles_neverStopTheWalk() async throws {
        let place = try TemporaryWorkspace("mkdir d; for i in $(seq 200); do echo $i >d/$i; done")
        try await place.subject.recordBaseline()
        let churn = Task.detached {
            for _ in 0..<3 {
                try place.shell("for i in $(seq 200); do rm -f d/$i; echo x >d/n$i; echo $i >>d/grow; done; rm -f d/n*")
            }
        }
        for _ in 0..<20 { _ = try await place.subject.recordChanges() }
        try await churn.value
        let summary = try await place.subject.recordChanges()
        #expect(summary.changes.count == 201)
        #expect(summary.undeterminable.isEmpty)
    }

    @Test func notes_areBounded() {
        var notes = Notes()
        for number in 0..<1000 { notes.add("\(number)") }
        #expect(notes.all.count == 101)
        #expect(notes.all.last == "and 900 more remarks like these")
    }

    @Test func list_isReadBackAsWritten_andRefusedWhenDamaged() {
        let status = FileStatus(
            mode: 0o100644, size: 5, modified: -1, changed: 7, inode: .max, device: 3)
        let files = [
            BaselineFile(path: [0xFF, 0x20, 0x0A], status: status, sha256: nil, offset: nil),
            BaselineFile(
                path: Array("a".utf8), status: status, sha256: String(repeating: "a", count: 64), offset: 12),
        ]
        let bytes = BaselineList.encode(files)
        #expect(BaselineList(bytes).map(Array.init) == files)
        #expect(BaselineList([])?.isEmpty == true)
        #expect(BaselineList(Array(bytes.dropLast())) == nil)
        #expect(BaselineList(Array("f x 1\0".utf8)) == nil)
    }

    @Test func longList_isReadInTwoHalves_asInOne() async {
        let status = FileStatus(
            mode: 0o100644, size: .max, modified: .min, changed: 7, inode: 1 << 63, device: 3)
        let files = (0..<20_000).map { (number: Int) in
            BaselineFile(path: Array("d/\(number)".utf8), status: status, sha256: nil, offset: number)
        }
        var bytes = BaselineList.encode(files)
        #expect(bytes.count > 1 << 20)
        #expect(await BaselineList.read(bytes).map(Array.init) == files)
        // Each half alone is looked at as closely as the whole.
        for place in [1, bytes.count - 2] {
            let byte = bytes[place]
            bytes[place] = 0
            #expect(await BaselineList.read(bytes) == nil)
            bytes[place] = byte
        }
    }
}
