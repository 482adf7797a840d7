import JSON
import SystemPackage
import Testing

@testable import Evidence

/// Something that an agent does, whatever it says, and what the evidence must be.
struct Act: Sendable, CustomTestStringConvertible {
    var name: String
    var setup = "echo a >a; echo b >b"
    /// Done in the workspace when that has been made.
    var prepare = ":"
    var work: String
    var changes: [String] = []
    /// Of files that are not the workspace's.
    var outside: [String] = []
    /// Whether the patch makes the baseline what the workspace is now.
    var isPatched = true
    var needsGit = false

    var testDescription: String { name }

    static let all = [
        Act(name: "nothing", work: ":"),
        Act(name: "touches", work: "touch a"),
        Act(name: "deletesAndRecreates", work: "cat a >c; rm a; mv c a; cp b c; rm b; mv c b"),
        Act(name: "changesAndPutsBack", work: "echo x >>a; echo a >a; mv b c; mv c b"),
        Act(name: "makesExecutable", work: "chmod +x a", changes: ["mode_changed a"]),
        Act(name: "takesPermissionsAway", work: "chmod 600 a", changes: ["mode_changed a"], isPatched: false),
        Act(
            name: "givesOddPermissions", setup: "echo a >a; echo b >b; echo c >c", prepare: "chmod 640 a",
            work: "chmod 644 a", changes: ["mode_changed a"], isPatched: false),
        Act(name: "sameSizeAndTime", work: "touch -r a t; echo c >a; touch -r t a; rm t", changes: ["modified a"]),
        Act(
            name: "commits", work: "echo x >>a; echo n >n; COMMIT", changes: ["modified a", "added n"], needsGit: true),
        Act(
            name: "commitsAndAmends", work: "echo x >>a; COMMIT; echo y >>a; COMMIT --amend", changes: ["modified a"],
            needsGit: true),
        Act(
            name: "renames", setup: "seq 100 >a; echo b >b", work: "mkdir d; mv a d/a",
            changes: ["deleted a", "added d/a"]),
        Act(name: "hugeFile", work: "truncate -s 1G huge", changes: ["added huge"], isPatched: false),
        Act(
            name: "hugeFileWhereSmall", work: "truncate -s 1G a; echo x >>b", changes: ["modified a", "modified b"],
            isPatched: false),
        Act(
            name: "writesThroughLink", setup: "echo o >../out; ln -s ../out l; echo a >a", work: "echo x >>l",
            outside: ["modified ../out l"]),
        Act(
            name: "writesThroughLinkToDirectory", setup: "mkdir ../dir; echo o >../dir/o; ln -s ../dir l; echo a >a",
            work: "echo x >l/new; rm l/o", outside: ["added ../dir/new l", "deleted ../dir/o l"]),
        Act(
            name: "createsThroughDanglingLink", setup: "ln -s ../nowhere l; echo a >a", work: "echo x >l",
            outside: ["added ../nowhere l"]),
        Act(name: "makesFIFO", work: "mkfifo f", changes: ["added f"], isPatched: false),
        Act(
            name: "emptyDirectory", work: "mkdir -p d/e"),
        Act(
            name: "nameIsNotUTF8",
            work: #"echo x >"$(printf 'n\377')"; mkdir "$(printf 'd\376')"; echo y >"$(printf 'd\376')/y""#,
            changes: ["added d\u{FFFD}/y", "added n\u{FFFD}"]),
        Act(
            name: "installsHook", work: "echo x >$(git rev-parse --git-path hooks)/pre-commit", outside: ["added HOOK"],
            needsGit: true),
        Act(
            name: "hidesInExclude", work: "echo '*' >>$(git rev-parse --git-path info/exclude); echo n >n",
            changes: ["added n"], outside: ["CHANGED EXCLUDE"], needsGit: true),
        Act(
            name: "hidesFromIndex", work: "git update-index --assume-unchanged a; echo x >>a; git rm -q --cached b",
            changes: ["modified a"], needsGit: true),
        Act(
            name: "makesRepositoryInDirectory", setup: "mkdir d; echo a >d/a; echo b >b",
            work: "git init -q d; echo x >>d/a",
            changes: ["modified d/a"], isPatched: true),
    ]
}

/// Whatever an agent does and says, the evidence is what lies on disk.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LyingAgentTests {
    @Test(arguments: Act.all, [WorkspaceKind.plain, .git])
    func evidence_isWhatLiesOnDisk(act: Act, kind: WorkspaceKind) async throws {
        if !act.needsGit || kind.isGit { try await check(act, kind) }
    }

    @Test(
        arguments: Act.all.filter { act in
            ["makesExecutable", "givesOddPermissions", "commits", "renames", "writesThroughLink", "installsHook"]
                .contains(act.name)
        }, [WorkspaceKind.unborn, .subdirectory, .worktree, .strangeName, .plainStrangeName])
    func evidence_isWhatLiesOnDisk_inEveryKindOfWorkspace(act: Act, kind: WorkspaceKind) async throws {
        if !act.needsGit || kind.isGit { try await check(act, kind) }
    }

    private func check(_ act: Act, _ kind: WorkspaceKind) async throws {
        let place = try kind.make(act.setup)
        try place.shell("\(act.prepare); mkdir ../copy; cp -a . ../copy/work; rm -rf ../copy/work/.git")
        try await place.subject.recordBaseline()
        #expect(try place.json("baseline.json")["strategy"] == (kind.isGit ? "git" : "walk"))
        let commit = "git add -A; \(TemporaryWorkspace.commit) -m work"
        try place.shell(act.work.replacing("COMMIT", with: commit))

        let summary = try await place.subject.recordChanges()

        #expect(summary.lines == act.changes)
        #expect(summary.undeterminable.allSatisfy { $0.contains("huge") || act.name.hasPrefix("huge") })
        #expect(summary.outside.count == act.outside.count, "\(summary.outside)")
        for (change, line) in zip(summary.outside, act.outside) where line.first?.isLowercase == true {
            let words = line.split(separator: " ").map { String($0) }
            #expect(change.kind.rawValue == words[0])
            if words[1] != "HOOK" {
                #expect(change.path.string.hasSuffix(String(words[1].dropFirst(2))) && change.path.isAbsolute)
                #expect(change.through?.string == words[2])
            } else {
                #expect(change.path.string.hasSuffix("/hooks/pre-commit"))
            }
        }
        if act.changes.isEmpty { #expect(summary.patch == .absent("nothing changed")) }
        if act.isPatched && !act.changes.isEmpty {
            let copy = place.root.appending("copy").appending("work")
            let apply = "git apply --whitespace=nowarn ../../evidence/changes.patch"
            try place.shell(kind.isGit ? "git init -q . && \(apply)" : apply, in: copy)
            #expect(try place.contents(of: copy) == place.contents(of: RealPath.of(place.workspace) ?? ""))
        }
        #expect(try await place.subject.recordChanges() == summary)
    }

    @Test func commits_areTold_withWhoMadeThem() async throws {
        let place = try WorkspaceKind.git.make("echo a >a")
        try place.shell(
            """
            git config user.name Agent; git config user.email agent@example.org
            git clone -q . ../else; cd ../else; echo o >o; git add o
            GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' \(TemporaryWorkspace.commit) -m elsewhere
            """)
        try await place.subject.recordBaseline()
        try place.shell(
            """
            git pull -q ../else main; echo x >>a; git commit -q -a -m mine
            git -c user.email=p@example.org commit -q --allow-empty -m stranger
            git commit -q --allow-empty -m undone; git reset -q --hard HEAD~1
            """)
        let summary = try await place.subject.recordChanges()
        let told = summary.commits.map { "\($0.subject) \($0.by) \($0.isInHead)" }
        #expect(
            Set(told) == ["undone agent false", "stranger unknown true", "mine agent true", "elsewhere other true"])
        let mine = try #require(summary.commits.first { $0.subject == "mine" })
        #expect(mine.author.email == "agent@example.org" && mine.author.name == "Agent")
        #expect(mine.json["author"]?["time"]?.string?.count == 20)
        #expect(summary.headBefore != summary.headAfter && !summary.isEmpty)
        #expect(summary.lines == ["modified a", "added o"])
    }

    @Test(arguments: [WorkspaceKind.git, .worktree, .subdirectory, .unborn])
    func commitThatIsReset_leavesTheWorkspaceUnchanged_andIsTold(kind: WorkspaceKind) async throws {
        let place = try kind.make("echo a >a")
        try await place.subject.recordBaseline()
        let back = kind == .unborn ? "git update-ref -d HEAD; git rm -q --cached n; rm n" : "git reset -q --hard HEAD~1"
        try place.shell("echo n >n; git add -A; \(TemporaryWorkspace.commit) -m undone; \(back)")
        let summary = try await place.subject.recordChanges()
        #expect(summary.isEmpty && summary.undeterminable.isEmpty, "\(summary)")
        #expect(summary.commits.map(\.subject) == ["undone"] && summary.commits.map(\.isInHead) == [false])
    }

    @Test func commitOfWhatWasThere_isAChange() async throws {
        let place = try WorkspaceKind.git.make("echo a >a")
        try place.shell("echo x >>a")
        try await place.subject.recordBaseline()
        try place.shell("\(TemporaryWorkspace.commit) -a -m mine")
        let summary = try await place.subject.recordChanges()
        #expect(summary.changes.isEmpty && !summary.isEmpty)
        #expect(summary.commits.first?.isInHead == true)
    }

    @Test func move_isToldByItsContent() async throws {
        for kind in [WorkspaceKind.plain, .git] {
            let place = try kind.make("seq 100 >a; echo k >k")
            try await place.subject.recordBaseline()
            try place.shell("mkdir d; mv a d/b")
            let summary = try await place.subject.recordChanges()
            #expect(summary.changes.last?.movedFrom == "a")
            #expect(summary.changes.first?.sha256Before == summary.changes.last?.sha256After)
        }
    }

    @Test func ignoredFiles_areToldApart_andAreNoChangeOfTheWork() async throws {
        let place = try WorkspaceKind.git.make("printf '*.log\\nout/\\nnew/\\n' >.gitignore; echo a >a")
        try place.shell("echo l >old.log; echo l >gone.log; mkdir out; echo o >out/o; echo q >out/q; touch -d @1 out/q")
        try place.shell("sleep 0.05")
        try await place.subject.recordBaseline()
        try place.shell("echo x >>old.log; rm gone.log; echo n >n.log; echo x >>out/o; mkdir -p new/d; echo 1 >new/d/1")
        let summary = try await place.subject.recordChanges()
        #expect(summary.isEmpty && summary.undeterminable.isEmpty)
        #expect(
            Set(summary.ignored.map { "\($0.kind) \($0.path)" }) == [
                "touched old.log", "deleted gone.log", "added n.log", "touched out/o", "added new/d",
            ])
    }

    @Test func ruleThatHidesNewFiles_makesThemIgnored_andIsAChangeItself() async throws {
        let place = try WorkspaceKind.git.make("echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("echo '*' >.gitignore; echo n >n; echo x >>a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a"])
        #expect(Set(summary.ignored.map(\.path)) == [".gitignore", "n"])
    }

    @Test func submodule_isLookedInto() async throws {
        let place = try WorkspaceKind.git.make("echo a >a")
        try place.shell(
            """
            git init -q ../lib; cd ../lib; echo x >x; printf 'r\\r\\n' >r; git add -A; \(TemporaryWorkspace.commit) -m x
            cd ../work; git -c protocol.file.allow=always submodule --quiet add ../lib m; mkdir -p e/m2
            git update-index --add --cacheinfo 160000,$(git -C m rev-parse HEAD),e/m2; \(TemporaryWorkspace.commit) -m m
            cp -a . ../copy
            """)
        try await place.subject.recordBaseline()
        try place.shell("echo y >>m/x; rm m/r; echo n >e/m2/hidden; echo z >>a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a", "added e/m2/hidden", "deleted m/r", "modified m/x"])
        #expect(summary.undeterminable.isEmpty && summary.patch == .written)
        let copy = place.root.appending("copy")
        try place.shell("git apply --whitespace=nowarn ../evidence/changes.patch", in: copy)
        #expect(try place.contents(of: copy) == place.contents(of: place.workspace))
    }

    @Test func leftProcess_isNamed() async throws {
        let place = try WorkspaceKind.plain.make("echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("sleep 300 >/dev/null 2>&1 </dev/null & echo $! >../pid")
        defer { _ = try? place.shell("kill $(cat ../pid)") }
        let summary = try await place.subject.recordChanges()
        #expect(summary.processes.contains { "\($0.id)\n" == (try? place.shell("cat ../pid")) })
        #expect(try place.json("changes.json")["processes"]?.array?.isEmpty == false)
    }

    @Test func comparison_isMadeAgain_whenSomebodyWroteMeanwhile() async throws {
        func look(_ number: UInt8) -> WorkspaceLook {
            var look = WorkspaceLook()
            look.repositories = [[number]]
            return look
        }
        var looks = [look(1), look(2), look(2)].makeIterator()
        var notes = Notes()
        var compared: [WorkspaceLook] = []
        let next = { (looks.next() ?? WorkspaceLook(), WorkspaceTree.Outcome()) }
        let result = await StableLook.run(&notes) {
            next()
        } compare: { look, _ in
            compared.append(look)
            return look
        } isStill: { _, _ in
            false
        }
        #expect(result == look(2) && compared == [look(1), look(2)] && notes.all.isEmpty)

        var number: UInt8 = 0
        _ = await StableLook.run(&notes) { () -> (WorkspaceLook, WorkspaceTree.Outcome) in
            number += 1
            return (look(number), WorkspaceTree.Outcome())
        } compare: { look, _ in
            look
        } isStill: { _, _ in
            false
        }
        #expect(notes.all.count == 1)
    }
}
