import JSON
import SystemPackage
import Testing

@testable import Evidence

/// What is kept of a large workspace makes the next baseline faster, and never wrong.
@Suite(.serialized, .timeLimit(.minutes(3))) struct WalkCacheTests {
    private func subject(_ place: TemporaryWorkspace, _ number: Int) throws -> WorkspaceEvidence {
        let directory = place.root.appending("evidence\(number)")
        try EvidenceFiles.makeDirectory(directory)
        return WorkspaceEvidence(
            workspace: place.workspace, directory: directory, cache: place.root.appending("cache"))
    }

    @Test func secondBaseline_takesOverWhatIsProven_andReadsTheRest() async throws {
        let place = try TemporaryWorkspace("for i in $(seq 1000); do echo $i >$i; done; touch -d @1000000000 *")
        // So that the status of what was just made proves something.
        try place.shell("sleep 0.05")
        let first = try subject(place, 1)
        try await first.recordBaseline()
        try await first.discardBaselineContent()
        #expect(try place.shell("ls cache | wc -l", in: place.root) == "2\n")

        let second = try subject(place, 2)
        try await second.recordBaseline()
        #expect(try place.shell("stat -c %h evidence2/baseline.list cache/*.list", in: place.root) == "2\n2\n")
        try place.shell("echo x >5; touch -d @1000000000 5; rm 6")
        let summary = try await second.recordChanges()
        #expect(summary.lines == ["modified 5", "deleted 6"] && summary.undeterminable.isEmpty)
        #expect(summary.changes.allSatisfy { $0.notInPatch == nil && $0.sha256Before != nil })
        try await second.discardBaselineContent()

        // Same size and time as before: only the time that can't be set tells.
        let third = try subject(place, 3)
        try await third.recordBaseline()
        #expect(try place.shell("stat -c %h evidence3/baseline.list", in: place.root) == "1\n")
        #expect(try await third.recordChanges().isEmpty)
        try place.shell("echo y >5; echo z >7")
        let last = try await third.recordChanges()
        #expect(last.lines == ["modified 5", "modified 7"])
        #expect(try place.shell("grep -c '^-x$' evidence3/changes.patch", in: place.root) == "1\n")
    }

    @Test(arguments: ["echo garbage >L", "rm *.content", "printf x >L; rm *.content", "truncate -s 10 *.content"])
    func damagedCache_costsNothingButTime(damage: String) async throws {
        let place = try TemporaryWorkspace("for i in $(seq 1000); do echo $i >$i; done")
        try place.shell("sleep 0.05")
        let first = try subject(place, 1)
        try await first.recordBaseline()
        try await first.discardBaselineContent()
        try place.shell(
            "for L in *.list; do :; done; \(damage.replacing("L", with: "$L"))", in: place.root.appending("cache"))
        let second = try subject(place, 2)
        try await second.recordBaseline()
        try place.shell("echo x >5; echo n >n")
        let summary = try await second.recordChanges()
        #expect(summary.lines == ["modified 5", "added n"] && summary.undeterminable.isEmpty)
    }

    @Test func cache_holdsNoMoreThanSixteenWorkspaces() throws {
        let place = try TemporaryWorkspace()
        for number in 10..<30 {
            try place.shell("echo l >l; echo c >c")
            WalkCache(directory: place.root.appending("cache"), workspace: FilePath("/w\(number)")).keep(
                list: place.workspace.appending("l"), content: place.workspace.appending("c"), begun: number)
        }
        #expect(try place.shell("ls cache | wc -l; ls cache | grep -c '\\.14\\.'", in: place.root) == "32\n2\n")
    }
}
