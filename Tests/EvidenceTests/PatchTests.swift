import JSON
import SystemPackage
import Testing

@testable import Evidence

/// What an agent may do to files, with git and without: seen, and undone and redone by the patch.
struct Scenario: Sendable, CustomTestStringConvertible {
    var name: String
    var setup: String
    var work: String
    var changes: [String]

    var testDescription: String { name }

    static let all = [
        Scenario(name: "added", setup: "echo a >a", work: "mkdir -p d/e; echo b >d/e/b", changes: ["added d/e/b"]),
        Scenario(name: "addedEmpty", setup: "echo a >a", work: ": >b", changes: ["added b"]),
        Scenario(name: "addedExecutable", setup: "echo a >a", work: "echo x >b; chmod +x b", changes: ["added b"]),
        Scenario(name: "modified", setup: "echo a >a; echo b >b", work: "echo c >>a", changes: ["modified a"]),
        Scenario(name: "sameSize", setup: "echo a >a; echo b >b", work: "echo c >a", changes: ["modified a"]),
        Scenario(name: "noFinalNewline", setup: "printf a >a", work: "printf b >>a", changes: ["modified a"]),
        Scenario(name: "deleted", setup: "mkdir d; echo a >d/a; echo b >b", work: "rm -r d", changes: ["deleted d/a"]),
        Scenario(
            name: "renamed", setup: "seq 100 >a", work: "mv a b", changes: ["deleted a", "added b"]),
        Scenario(name: "mode", setup: "echo a >a", work: "chmod +x a", changes: ["mode_changed a"]),
        Scenario(
            name: "modeAndContent", setup: "echo a >a", work: "echo b >a; chmod +x a", changes: ["modified a"]),
        Scenario(name: "linkAdded", setup: "echo a >a", work: "ln -s a b", changes: ["added b"]),
        Scenario(name: "linkChanged", setup: "ln -s a b", work: "ln -sfn ../c b", changes: ["modified b"]),
        Scenario(name: "linkLoop", setup: "ln -s . l; echo a >a", work: "ln -s loop loop", changes: ["added loop"]),
        Scenario(name: "fileToLink", setup: "echo a >a", work: "rm a; ln -s b a", changes: ["type_changed a"]),
        Scenario(name: "linkToFile", setup: "ln -s b a", work: "rm a; echo b >a", changes: ["type_changed a"]),
        Scenario(
            name: "fileToDirectory", setup: "echo a >a", work: "rm a; mkdir a; echo b >a/b",
            changes: ["deleted a", "added a/b"]),
        Scenario(
            name: "directoryToFile", setup: "mkdir a; echo b >a/b", work: "rm -r a; echo a >a",
            changes: ["added a", "deleted a/b"]),
        Scenario(
            name: "binary", setup: "head -c 5000 /dev/urandom >a; head -c 500 /dev/zero >b",
            work: "head -c 3000 /dev/urandom >a; rm b; head -c 2000 /dev/urandom >c",
            changes: ["modified a", "deleted b", "added c"]),
        Scenario(
            name: "crlf", setup: #"printf 'a\r\nb\r\n' >a"#, work: #"printf 'a\r\nc\r\n' >a; printf 'x\r\n' >b"#,
            changes: ["modified a", "added b"]),
        Scenario(
            name: "attributes", setup: #"printf 'a\r\nb\r\n' >a.dat; echo 'x -diff' >.gitattributes; echo x >x"#,
            work: #"echo '*.x diff=evil' >>.gitattributes; echo y >x; printf 'a\r\nc\r\n' >a.dat"#,
            changes: ["modified .gitattributes", "modified a.dat", "modified x"]),
        Scenario(
            name: "strangeNames", setup: #"echo a >'a b'; echo t >"$(printf 't\tt')"; echo q >'q"q'"#,
            work: #"echo b >'a b'; echo n >"$(printf 'n\nn')"; rm 'q"q'; echo l >'-l'; echo g >'*'; echo o >':(top)x'"#,
            changes: [
                "added *", "added -l", "added :(top)x", "modified a b", "added n\nn", #"deleted q"q"#,
            ]),
        Scenario(
            name: "notUTF8", setup: #"echo a >"$(printf 'a\377')"; ln -s "$(printf '\376')" l"#,
            work: #"echo b >"$(printf 'a\377')"; echo c >"$(printf 'c\300x')""#,
            changes: ["modified a\u{FFFD}", "added c\u{FFFD}x"]),
    ]
}

@Suite(.serialized, .timeLimit(.minutes(3))) struct PatchTests {
    @Test(arguments: Scenario.all, [true, false])
    func patch_turnsTheBaselineIntoWhatIsThereNow(scenario: Scenario, git: Bool) async throws {
        let place = try TemporaryWorkspace(git: git, scenario.setup)
        try await check(scenario, place, strategy: git ? "git" : "walk")
    }

    @Test(arguments: Scenario.all)
    func patch_holdsWhatTheAgentCommitted(scenario: Scenario) async throws {
        var scenario = scenario
        scenario.work += "\ngit add -A; \(TemporaryWorkspace.commit) -m work"
        try await check(scenario, TemporaryWorkspace(git: true, scenario.setup), strategy: "git")
    }

    @Test(arguments: Scenario.all)
    func patch_isMadeInRepositoryWithoutCommit(scenario: Scenario) async throws {
        let place = try TemporaryWorkspace(scenario.setup)
        try place.shell("git init -q .")
        try await check(scenario, place, strategy: "git")
    }

    @Test(arguments: Scenario.all)
    func patch_isMadeInSubdirectoryOfRepository(scenario: Scenario) async throws {
        let place = try TemporaryWorkspace(scenario.setup)
        try place.shell(
            "git init -q ..; echo evidence >../.gitignore; git add -A ..; \(TemporaryWorkspace.commit) -m x")
        var scenario = scenario
        scenario.work += "\necho outside >../outside; echo x >>../.gitignore"
        try await check(scenario, place, strategy: "git")
    }

    private func check(_ scenario: Scenario, _ place: TemporaryWorkspace, strategy: String) async throws {
        try await place.subject.recordBaseline()
        let isGit = strategy == "git"
        try place.shell("mkdir ../copy ../copy/work; cp -a . ../copy/work; rm -rf ../copy/work/.git")
        let baseline = try place.json("baseline.json")
        #expect(baseline["strategy"] == .string(strategy), "\(baseline.pretty)")
        try place.shell(scenario.work)

        let summary = try await place.subject.recordChanges()

        #expect(summary.lines == scenario.changes)
        #expect(summary.undeterminable.isEmpty)
        #expect(summary.patch == .written)
        #expect(summary.changes.allSatisfy { $0.notInPatch == nil })
        #expect(try place.json("changes.json")["changes"]?.array?.count == scenario.changes.count)
        let copy = place.root.appending("copy").appending("work")
        // As a person would: in the directory, and for git in a repository.
        let apply = "git apply --whitespace=nowarn ../../evidence/changes.patch"
        try place.shell(isGit ? "git init -q . && \(apply)" : apply, in: copy)
        #expect(try place.contents(of: copy) == place.contents(of: place.workspace))
        let again = try await place.subject.recordChanges()
        #expect(again == summary)
    }
}
