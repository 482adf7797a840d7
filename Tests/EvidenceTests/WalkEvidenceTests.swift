import Glibc
import JSON
import SystemPackage
import Testing

@testable import Evidence

@Suite(.serialized, .timeLimit(.minutes(3))) struct WalkEvidenceTests {
    @Test func recordChanges_isEmptyAndWritesNoPatch_whenNothingChanged() async throws {
        let place = try TemporaryWorkspace("echo a >a; ln -s a l; mkfifo f; mkdir e")
        try await place.subject.recordBaseline()
        try place.shell("touch a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.isEmpty && summary.undeterminable.isEmpty)
        #expect(!place.has("changes.patch"))
        #expect(try place.json("changes.json")["patch"] == "nothing changed")
    }

    @Test func recordChanges_seesTheChange_whenSizeAndTimeArePutBack() async throws {
        let place = try TemporaryWorkspace("echo a >a; touch -d @1000000000 a")
        try await place.subject.recordBaseline()
        try place.shell("echo c >a; touch -d @1000000000 a")
        #expect(try await place.subject.recordChanges().lines == ["modified a"])
    }

    @Test func recordBaseline_keepsTheFirst_whenCalledAgain() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try await place.subject.recordBaseline()
        let first = try place.shell("sha256sum *", in: place.evidence)
        try place.shell("echo b >b; rm a; git init -q .")
        try await place.subject.recordBaseline()
        #expect(try place.shell("sha256sum *", in: place.evidence) == first)
        #expect(try await place.subject.recordChanges().lines == ["deleted a", "added b"])
    }

    @Test func recordBaseline_startsAfresh_afterCrashBeforeItsEnd() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try place.shell(
            "mkdir -p baseline.git/objects; echo x >baseline.list; echo x >.baseline.json.tmp", in: place.evidence)
        try await place.subject.recordBaseline()
        #expect(!place.has("baseline.git"))
        #expect(try await place.subject.recordChanges().isEmpty)
    }

    @Test func recordChanges_replacesWhatAnEarlierCallWrote() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("echo b >>a")
        #expect(try await place.subject.recordChanges().lines == ["modified a"])
        #expect(place.has("changes.patch"))
        try place.shell("echo a >a")
        #expect(try await place.subject.recordChanges().isEmpty)
        #expect(!place.has("changes.patch"))
    }

    @Test func files_arePrivate() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("echo b >>a")
        _ = try await place.subject.recordChanges()
        let modes = try place.shell("stat -c '%a %n' *", in: place.evidence)
        #expect(
            modes == """
                600 baseline.content
                600 baseline.json
                600 baseline.list
                600 changes.json
                600 changes.patch

                """)
    }

    @Test func recordChanges_throwsNoBaseline_withoutOne() async throws {
        let place = try TemporaryWorkspace()
        let error = await #expect(throws: EvidenceError.self) { _ = try await place.subject.recordChanges() }
        #expect(error?.code == .noBaseline)
    }

    @Test(arguments: ["baseline.json", "baseline.list"])
    func recordChanges_throwsDamagedBaseline_whenItIsNotOurs(file: String) async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("printf '{\"version\":1}' >\(file)", in: place.evidence)
        let error = await #expect(throws: EvidenceError.self) { _ = try await place.subject.recordChanges() }
        #expect(error?.code == .damagedBaseline)
    }

    @Test func recordBaseline_throwsSystemCall_whenThereIsNoWorkspace() async throws {
        let place = try TemporaryWorkspace()
        try place.shell("rmdir work", in: place.root)
        let error = await #expect(throws: EvidenceError.self) { try await place.subject.recordBaseline() }
        #expect(error?.code == .systemCall)
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test(arguments: [true, false])
    func recordChanges_saysSo_whenTheWorkspaceIsGone(git: Bool) async throws {
        let place = try TemporaryWorkspace(git: git, "echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("rm -r work", in: place.root)
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["deleted ."])
        #expect(summary.undeterminable.count == 1)
    }

    @Test func change_holdsSizesModesAndHashes() async throws {
        let place = try TemporaryWorkspace("echo a >a; chmod 640 a")
        try await place.subject.recordBaseline()
        try place.shell("echo bb >a; chmod 600 a")
        let change = try #require(try await place.subject.recordChanges().changes.first)
        #expect(change.sizeBefore == 2 && change.sizeAfter == 3)
        #expect(change.modeBefore == 0o100640 && change.modeAfter == 0o100600)
        #expect(change.sha256Before == ContentHash(of: Array("a\n".utf8)).sha256)
        #expect(change.sha256After == ContentHash(of: Array("bb\n".utf8)).sha256)
        let json = try #require(try place.json("changes.json")["changes"]?[0])
        #expect(json["path"] == "a" && json["kind"] == "modified" && json["mode_after"] == "100600")
    }

    @Test func path_isLossless_whenItIsNotUTF8() async throws {
        let place = try TemporaryWorkspace(#"echo a >"$(printf 'a\377')""#)
        try await place.subject.recordBaseline()
        try place.shell("rm a*")
        let change = try #require(try await place.subject.recordChanges().changes.first)
        #expect(PathText.bytes(change.path) == [0x61, 0xFF])
        let json = try #require(try place.json("changes.json")["changes"]?[0])
        #expect(json["path"] == "a\u{FFFD}" && json["path_bytes"] == "61ff")
        #expect(PathText.bytes(from: json) == [0x61, 0xFF])
    }

    @Test func modeBeyondExecutable_isChangeWithoutPatch() async throws {
        let place = try TemporaryWorkspace("echo a >a; chmod 644 a")
        try await place.subject.recordBaseline()
        try place.shell("chmod 600 a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["mode_changed a"])
        #expect(summary.changes.first?.notInPatch != nil)
        #expect(summary.patch == .absent("no change is one that a patch can hold"))
    }

    @Test func specialFiles_areNeitherOpenedNorOverlooked() async throws {
        let place = try TemporaryWorkspace("echo a >a; echo b >b; mkfifo f; echo k >k")
        try await place.subject.recordBaseline()
        try place.shell("rm a b f; mkfifo a new; mkdir b; ln -s /dev/zero zero; echo kk >>k")
        try bindSocket(place.workspace.appending("s"))
        let summary = try await place.subject.recordChanges()
        #expect(
            summary.lines == [
                "type_changed a", "deleted b", "deleted f", "modified k", "added new", "added s", "added zero",
            ])
        #expect(summary.changes.filter { $0.notInPatch == nil }.map(\.path) == ["b", "k", "zero"])
    }

    @Test func gitDirectories_areNotLookedInto() async throws {
        let place = try TemporaryWorkspace("mkdir sub; git init -q sub; echo a >sub/a")
        try await place.subject.recordBaseline()
        try place.shell("cd sub; git add a; \(TemporaryWorkspace.commit) -m a")
        #expect(try await place.subject.recordChanges().isEmpty)
    }

    @Test(arguments: [true, false])
    func evidenceInsideTheWorkspace_isNotLookedInto(git: Bool) async throws {
        let place = try TemporaryWorkspace(git: git, "echo a >a")
        try place.shell("mkdir -p '.spool x/new' '.spool x/task/evidence'")
        let spool = place.workspace.appending(".spool x")
        let subject = WorkspaceEvidence(
            workspace: place.workspace, directory: spool.appending("task").appending("evidence"), excluding: [spool])
        try await subject.recordBaseline()
        try place.shell("echo b >b; echo t >'.spool x/new/t'")
        #expect(try await subject.recordChanges().lines == ["added b"])
    }

    @Test func workspaceReachedThroughLink_isTheOneItPointsTo() async throws {
        let place = try TemporaryWorkspace("echo a >a")
        try place.shell("ln -s work link", in: place.root)
        let subject = WorkspaceEvidence(workspace: place.root.appending("link"), directory: place.evidence)
        try await subject.recordBaseline()
        try place.shell("echo b >b")
        #expect(try await subject.recordChanges().lines == ["added b"])
    }

    @Test(arguments: [true, false])
    func discardBaselineContent_leavesOnlyTheResults(git: Bool) async throws {
        let place = try TemporaryWorkspace(git: git, "echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("echo b >>a")
        _ = try await place.subject.recordChanges()
        try await place.subject.discardBaselineContent()
        #expect(try place.shell("ls -A", in: place.evidence) == "baseline.json\nchanges.json\nchanges.patch\n")
        let error = await #expect(throws: EvidenceError.self) { _ = try await place.subject.recordChanges() }
        #expect(error?.code == .noBaseline)
    }

    private func bindSocket(_ path: FilePath) throws {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: PathText.bytes(path)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(bound == 0)
    }
}
