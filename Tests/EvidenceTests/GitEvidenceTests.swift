import Git
import JSON
import SystemPackage
import Testing

@testable import Evidence

@Suite(.serialized, .timeLimit(.minutes(3))) struct GitEvidenceTests {
    @Test func recordChanges_isEmptyAndWritesNoPatch_whenNothingChanged() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try await place.subject.recordBaseline()
        let summary = try await place.subject.recordChanges()
        #expect(summary.isEmpty && summary.undeterminable.isEmpty)
        #expect(summary.patch == .absent("nothing changed"))
        #expect(!place.has("changes.patch"))
        #expect(try place.json("changes.json")["patch"] == "nothing changed")
    }

    @Test func recordBaseline_saysWhatItFound() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b")
        try place.shell("echo x >>a; echo c >c; echo s >b; git add b")
        try await place.subject.recordBaseline()
        let git = try #require(try place.json("baseline.json")["git"])
        #expect(
            git["head"]?.string == (try place.shell("git rev-parse HEAD")).split(separator: "\n").first.map(String.init)
        )
        #expect(git["branch"] == "main")
        #expect(git["dirty_count"] == 3)
        #expect(git["dirty"]?.array?.compactMap { $0["path"]?.string } == ["a", "b", "c"])
    }

    @Test func recordChanges_countsOnlyWhatIsNew_whenTheRepositoryWasDirty() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b; echo c >c")
        try place.shell("echo dirty >>a; echo dirty >>b; echo new >n; echo new >m; git add m; rm c")
        try await place.subject.recordBaseline()
        try place.shell("echo more >>b; echo more >>n; git add -A; \(TemporaryWorkspace.commit) -m all")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified b", "modified n"])
        let b = try #require(summary.changes.first)
        #expect(b.sizeBefore == 8 && b.sizeAfter == 13)
        #expect(b.sha256After == ContentHash(of: Array("b\ndirty\nmore\n".utf8)).sha256)
    }

    @Test(arguments: [
        "git reset -q --hard HEAD~1",
        "git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now",
        "git checkout -q -b other HEAD~1", "git stash -q -u",
    ])
    func recordChanges_seesTheFiles_whateverTheHistory(undo: String) async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo k >k")
        try place.shell("echo b >b; echo aa >>a; git add -A; \(TemporaryWorkspace.commit) -m second")
        try await place.subject.recordBaseline()
        try place.shell(
            "echo c >c; git add -A; \(TemporaryWorkspace.commit) -m agent; git reset -q --hard HEAD~1; \(undo)")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == (undo.hasPrefix("git stash") ? [] : ["modified a", "deleted b"]))
        #expect(summary.undeterminable.isEmpty)
    }

    @Test(arguments: ["rm -rf .git", "rm -rf .git; git init -q .", "mv .git ../moved"])
    func recordChanges_seesTheFiles_whenTheRepositoryIsGone(removal: String) async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b; echo k >k")
        try await place.subject.recordBaseline()
        try place.shell("echo c >c; echo aa >>a; rm b; \(removal)")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a", "deleted b", "added c"])
        guard case .absent = summary.patch else { throw Unexpected() }
        #expect(!place.has("changes.patch"))
    }

    @Test func recordChanges_leavesOutIgnoredFiles_alsoThoseOfInfoExclude() async throws {
        let place = try TemporaryWorkspace(git: true, "echo '*.o' >.gitignore; echo a >a")
        try place.shell("echo '*.log' >>.git/info/exclude; echo x >x.o")
        try await place.subject.recordBaseline()
        try place.shell("echo y >y.o; echo y >y.log; echo y >>x.o; echo y >y")
        #expect(try await place.subject.recordChanges().lines == ["added y"])
    }

    @Test func recordChanges_seesNewFiles_thatTheAgentHidInInfoExclude() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try await place.subject.recordBaseline()
        try place.shell("echo b >b; echo '*' >>.git/info/exclude; git update-index --assume-unchanged a; echo c >>a")
        #expect(try await place.subject.recordChanges().lines == ["modified a", "added b"])
    }

    @Test(arguments: ["--assume-unchanged", "--skip-worktree"])
    func recordChanges_seesFiles_thatTheUserToldGitToOverlook(flag: String) async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b; echo '*' >.gitignore; git add -f a b")
        try place.shell("git update-index \(flag) a; echo local >a")
        try await place.subject.recordBaseline()
        #expect(try await place.subject.recordChanges().isEmpty)
        try place.shell("echo agent >a")
        #expect(try await place.subject.recordChanges().lines == ["modified a"])
    }

    @Test func rebuiltIndex_keepsWhatLiesOutsideTheWorkspace() async throws {
        let place = try TemporaryWorkspace("git init -q ..; echo evidence >../.gitignore; echo o >../out; echo a >a")
        try place.shell("git add -A ..; \(TemporaryWorkspace.commit) -m x; git update-index --assume-unchanged a")
        try await place.subject.recordBaseline()
        let files = "S=$PWD/../evidence/baseline.git; GIT_INDEX_FILE=$S/index GIT_OBJECT_DIRECTORY=$S"
        let shadow = "\(files) git --git-dir=$S/.git"
        let list = "\(shadow) --work-tree=.. ls-files --full-name :/"
        #expect(try place.shell(list) == ".gitignore\nout\nwork/a\n")
        try place.shell("echo b >a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a"] && summary.patch == .written)
    }

    @Test func recordChanges_runsNothingThatTheRepositoryNames() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo '* filter=evil diff=evil' >.gitattributes")
        let trap = "sh -c 'touch \(place.root)/trapped; cat'"
        for name in [
            "core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "diff.external",
        ] {
            try place.shell("git config \(name) \"\(trap)\"")
        }
        let hooks = "post-index-change pre-commit reference-transaction"
        try place.shell(
            """
            for h in \(hooks); do
                printf '#!/bin/sh\\ntouch \(place.root)/trapped\\n' >.git/hooks/$h
                chmod +x .git/hooks/$h
            done
            """
        )
        try await place.subject.recordBaseline()
        try place.shell("echo b >b; echo aa >>a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a", "added b"])
        #expect(try place.json("baseline.json")["strategy"] == "git")
        #expect(try place.shell("ls", in: place.root) == "evidence\nwork\n")
    }

    @Test func repositoryInTheWorkspace_hasNothingRunEither() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo '/ignored' >.gitignore")
        try place.shell(
            """
            git init -q in; cd in; echo '* filter=evil diff=evil' >.gitattributes; echo x >x; git add -A
            \(TemporaryWorkspace.commit) -m x
            for n in core.fsmonitor filter.evil.clean filter.evil.smudge diff.evil.textconv diff.external core.pager; do
                git config $n "sh -c 'touch \(place.root)/trapped; cat'"
            done
            for h in post-index-change reference-transaction post-checkout; do
                printf '#!/bin/sh\\ntouch \(place.root)/trapped\\n' >.git/hooks/$h; chmod +x .git/hooks/$h
            done
            """)
        try await place.subject.recordBaseline()
        try place.shell("echo y >>in/x; echo n >in/n")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["added in/n", "modified in/x"] && summary.undeterminable.isEmpty)
        #expect(try place.shell("ls", in: place.root) == "evidence\nwork\n")
    }

    @Test func recordChanges_comparesFilteredFilesAsTheyLieOnDisk() async throws {
        let place = try TemporaryWorkspace("git init -q .; git config filter.up.clean 'tr a-z A-Z'")
        try place.shell("echo '*.f filter=up' >.gitattributes; echo text >x.f; echo p >p; git add -A")
        try place.shell("\(TemporaryWorkspace.commit) -m first; git config filter.up.smudge 'tr A-Z a-z'")
        try await place.subject.recordBaseline()
        try place.shell("touch x.f; rm p; git checkout -q p")
        #expect(try await place.subject.recordChanges().isEmpty)
        try place.shell("echo more >>x.f")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified x.f"])
        #expect(summary.changes.first?.sizeBefore == 5)
    }

    @Test func recordChanges_doesNotMistakeLineEndConversionForChange() async throws {
        let place = try TemporaryWorkspace("git init -q .; git config core.autocrlf true")
        try place.shell(#"printf 'a\r\nb\r\n' >a; git add -A; \#(TemporaryWorkspace.commit) -m first"#)
        try await place.subject.recordBaseline()
        try place.shell("touch a; rm a; git checkout -q a")
        #expect(try await place.subject.recordChanges().isEmpty)
    }

    @Test func repository_isUntouchedToTheByte() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; mkdir d; echo d >d/d")
        try place.shell("git branch other; git tag v1; echo dirty >>a; echo s >s; git add s; echo u >u; touch d/d")
        let look = "find .git -printf '%p %y %m %s %T@ %C@ %i\\n' | sort; find .git -type f | sort | xargs sha256sum"
        let before = try place.shell(look)
        try await place.subject.recordBaseline()
        #expect(try place.shell(look) == before)
        try place.shell("echo more >>a; echo more >n; rm d/d")
        _ = try await place.subject.recordChanges()
        #expect(try place.shell(look) == before)
    }

    @Test func evidence_worksInLinkedWorktree() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell("git worktree add -q ../linked -b side")
        let linked = WorkspaceEvidence(workspace: place.root.appending("linked"), directory: place.evidence)
        try await linked.recordBaseline()
        try place.shell("echo b >b; git add -A; \(TemporaryWorkspace.commit) -m b", in: place.root.appending("linked"))
        #expect(try await linked.recordChanges().lines == ["added b"])
        #expect(try place.json("baseline.json")["git"]?["branch"] == "side")
    }

    @Test(arguments: [
        "git update-index --split-index", "git update-index --index-version 4", "git update-index --untracked-cache",
    ])
    func evidence_readsEveryKindOfIndex(command: String) async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b")
        try place.shell("\(command); echo c >c; git add c; echo a >>a")
        try await place.subject.recordBaseline()
        #expect(try place.json("baseline.json")["strategy"] == "git")
        try place.shell("echo x >>b; rm c")
        #expect(try await place.subject.recordChanges().lines == ["modified b", "deleted c"])
    }

    @Test func evidence_worksInRepositoryWithSHA256() async throws {
        let place = try TemporaryWorkspace("git init -q --object-format=sha256 .; echo a >a; git add -A")
        try place.shell("\(TemporaryWorkspace.commit) -m first")
        try await place.subject.recordBaseline()
        try place.shell("echo b >>a")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified a"])
        #expect(summary.changes.first?.objectAfter?.utf8.count == 64)
    }

    @Test func evidence_takesConflictForWhatLiesOnDisk() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo k >k")
        try place.shell("git checkout -q -b x; echo x >a; \(TemporaryWorkspace.commit) -am x; git checkout -q main")
        try place.shell("echo y >a; \(TemporaryWorkspace.commit) -am y; ! git merge -q x")
        try await place.subject.recordBaseline()
        #expect(try place.json("baseline.json")["strategy"] == "git")
        #expect(try await place.subject.recordChanges().isEmpty)
        try place.shell("echo resolved >a; git add a")
        #expect(try await place.subject.recordChanges().lines == ["modified a"])
    }

    @Test func evidence_looksIntoRepositoriesInTheWorkspace() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell("git init -q old; echo x >old/x")
        try await place.subject.recordBaseline()
        try place.shell("echo y >old/y; git init -q new; echo x >new/x")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["added new", "added old/y"])
        #expect(summary.undeterminable.isEmpty && summary.patch == .written)
    }

    @Test func evidence_comparesSubmodulesByTheirCommitAndTheirFiles() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell("git init -q m; cd m; echo x >x; git add x; \(TemporaryWorkspace.commit) -m x")
        try place.shell("git -c advice.addEmbeddedRepo=false add m; \(TemporaryWorkspace.commit) -m m")
        try await place.subject.recordBaseline()
        try place.shell("cd m; echo y >y; git add y; \(TemporaryWorkspace.commit) -m y")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["modified m", "added m/y"])
        #expect(summary.undeterminable.isEmpty)
        #expect(summary.commits.map(\.subject) == ["y"] && summary.commits.first?.repository == "m")
    }

    @Test func recordBaseline_walks_whenTheRepositoryIgnoresTheWorkspace() async throws {
        let place = try TemporaryWorkspace("echo a >a; git init -q ..; echo '*' >../.gitignore")
        try await place.subject.recordBaseline()
        let baseline = try place.json("baseline.json")
        #expect(baseline["strategy"] == "walk")
        #expect(baseline["without_git_because"] == "the repository ignores the workspace")
        try place.shell("echo b >b")
        #expect(try await place.subject.recordChanges().lines == ["added b"])
    }

    @Test func recordBaseline_walksAndSaysWhy_whenTheRepositoryIsBroken() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell("printf garbage >.git/index")
        try await place.subject.recordBaseline()
        let baseline = try place.json("baseline.json")
        #expect(baseline["strategy"] == "walk")
        #expect(baseline["without_git_because"]?.string?.contains("index") == true)
        #expect(!place.has("baseline.git"))
        try place.shell("echo b >>a; echo more >.git/x")
        #expect(try await place.subject.recordChanges().lines == ["modified a"])
    }

    @Test func recordBaseline_walks_whenGitTakesTooLong() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell(
            """
            mkdir ../bin
            printf '#!/bin/sh\\nsleep 300 & echo $! >>\(place.root)/pids; wait\\n' >../bin/git
            chmod +x ../bin/git
            """
        )
        let slow = GitProgram.find(timeout: .milliseconds(300)) { name in
            name == "PATH" ? "\(place.root)/bin:/usr/bin:/bin" : nil
        }
        let subject = WorkspaceEvidence(
            workspace: place.workspace, directory: place.evidence, limits: EvidenceLimits(), git: slow)
        try await subject.recordBaseline()
        let reason = try place.json("baseline.json")["without_git_because"]?.string
        #expect(reason?.contains("did not end within") == true)
        // The whole process group is gone, not only the program that we started.
        try place.shell(
            "for p in $(cat pids); do while grep -q '^State:.[^ZX]' /proc/$p/status 2>&1; do :; done; done",
            in: place.root)
    }

    @Test func recordBaseline_walksAndSaysSo_whenGitIsNotInstalled() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        let subject = WorkspaceEvidence(
            workspace: place.workspace, directory: place.evidence, limits: EvidenceLimits(), git: nil)
        try await subject.recordBaseline()
        #expect(try place.json("baseline.json")["without_git_because"] == "git is not installed")
        try place.shell("echo b >>a")
        #expect(try await subject.recordChanges().patch == .absent("git is not installed"))
        #expect(try place.json("changes.json")["patch"] == "git is not installed")
    }

    @Test func recordChanges_doesNotGuess_whereNewContentIsOverTheLimit() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo t >t")
        try place.shell("head -c 3000 /dev/zero >big; head -c 3000 /dev/zero >same")
        let limits = EvidenceLimits(snapshotBytes: 1000)
        try await place.subject(limits: limits).recordBaseline()
        #expect(try await place.subject(limits: limits).recordChanges().isEmpty)
        try place.shell(
            "head -c 4000 /dev/zero >big; touch same; head -c 2000 /dev/zero >t; head -c 2000 /dev/zero >n; echo b >>a")
        let summary = try await place.subject(limits: limits).recordChanges()
        #expect(summary.lines == ["modified a", "modified big", "added n", "modified t"])
        #expect(summary.changes.filter { $0.notInPatch == nil }.map(\.path) == ["a"])
        #expect(summary.undeterminable.contains { $0.hasPrefix("same: touched") })
        #expect(summary.patch == .written)
    }

    @Test func recordChanges_keepsTheList_whenThePatchIsOverTheLimit() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        let subject = place.subject(limits: EvidenceLimits(patchBytes: 300))
        try await subject.recordBaseline()
        try place.shell("seq 1000 >a")
        let summary = try await subject.recordChanges()
        #expect(summary.lines == ["modified a"])
        #expect(summary.patch == .absent("it would be larger than 300 bytes"))
    }

    @Test func fifo_isNeitherOpenedNorOverlooked() async throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a; echo b >b")
        try place.shell("mkfifo f")
        try await place.subject.recordBaseline()
        try place.shell("rm a; mkfifo a g; echo c >>b")
        let summary = try await place.subject.recordChanges()
        #expect(summary.lines == ["type_changed a", "modified b", "added g"])
        #expect(summary.changes.first?.notInPatch != nil)
        try place.shell("rm f g")
        #expect(try await place.subject.recordChanges().lines == ["type_changed a", "modified b", "deleted f"])
    }
}

struct Unexpected: Error {}
