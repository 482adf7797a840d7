import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Worktrees

@Suite(.timeLimit(.minutes(3))) struct WorktreesTests {
    @Test func make_checksOutABranchOfItsOwn_fromTheCurrentCommit() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        #expect(
            try await place.shell("git symbolic-ref HEAD; cat a", in: record.path) == "refs/heads/openloom/fix\none")
        #expect(record.head == record.base && record.baseBranch == "main")
        #expect(WorktreeRecord(json: record.json) == record)
    }

    @Test func make_leavesTheWorkspaceAsItIs_whenThatHasChanges() async throws {
        let place = try await TemporaryRepository()
        try await place.shell("echo dirty >a; echo new >b")
        let record = try await place.made()
        #expect(try await place.shell("cat a b") == "dirty\nnew")
        #expect(try await place.shell("cat a; ls", in: record.path) == "one\na")
    }

    @Test func make_findsWhatIsMade_whenCalledAgain() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        #expect(try await place.worktrees.make(record) == record)
        #expect(try await place.shell("cat a", in: record.path) == "two")
    }

    @Test func make_beginsAgain_whenItsCheckoutWasCutShort() async throws {
        let place = try await TemporaryRepository()
        var record = try await place.made()
        let lock = try #require(record.gitDirectory).appending("locked")
        try await place.shell("printf initializing >'\(lock)'; rm a", in: record.path)
        record.gitDirectory = nil
        let again = try await place.worktrees.make(record)
        #expect(try await place.shell("cat a; git worktree list", in: again.path).hasPrefix("one\n"))
    }

    @Test func make_checksOutTheBranchAgain_whenSomebodyDeletedTheDirectory() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a; \(TemporaryRepository.commit) -am two", in: record.path)
        try await place.shell("rm -rf '\(record.path)'")
        let again = try await place.worktrees.make(record)
        #expect(try await place.shell("cat a", in: again.path) == "two")
    }

    @Test func make_throwsTaken_whenTheBranchIsSomebodyElses() async throws {
        let place = try await TemporaryRepository()
        let plan = try await place.worktrees.plan(task: "fix", branch: "fix", workspace: place.workspace)
        try await place.shell(
            "git checkout -q -b openloom/fix; echo x >x; git add x; \(TemporaryRepository.commit) -m x")
        await #expect { try await place.worktrees.make(plan) } throws: { ($0 as? WorktreeError)?.code == .taken }
    }

    @Test func make_makesSeveralAtOnce() async throws {
        let place = try await TemporaryRepository()
        let records = try await withThrowingTaskGroup(of: WorktreeRecord.self) { group in
            for index in 0..<6 { group.addTask { try await place.made("t\(index)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(records.map(\.path)).count == 6)
        #expect(try await place.shell("git worktree list | wc -l") == "7")
    }

    @Test func plan_throwsNoRepository_whenThereIsNoneOrNoCommit() async throws {
        let place = try await TemporaryRepository()
        try await place.shell("mkdir plain empty && cd empty && git init -q", in: place.root)
        for name in ["plain", "empty"] {
            await #expect {
                try await place.worktrees.plan(task: "x", branch: "x", workspace: place.root.appending(name))
            } throws: { ($0 as? WorktreeError)?.code == .noRepository }
        }
    }

    @Test func plan_keepsTheWayWithinTheRepository_whenTheWorkspaceIsNotItsTop() async throws {
        let place = try await TemporaryRepository("mkdir -p sub/deep; echo d >sub/deep/f")
        let worktrees = try place.worktrees
        let record = try await worktrees.make(
            try await worktrees.plan(task: "s", branch: "s", workspace: place.workspace.appending("sub/deep")))
        #expect(try await place.shell("cat f", in: record.workingDirectory) == "d")
    }

    @Test func plan_works_inABareRepositoryAndInAWorktree() async throws {
        let place = try await TemporaryRepository()
        try await place.shell("git clone -q --bare work bare.git; git -C work worktree add -q ../other", in: place.root)
        let worktrees = try place.worktrees
        for name in ["bare.git", "other"] {
            let record = try await worktrees.make(
                try await worktrees.plan(task: name, branch: name, workspace: place.root.appending(name)))
            #expect(try await place.shell("cat a", in: record.path) == "one")
        }
    }

    @Test func commitAll_keepsWhatIsNewChangedAndGone_underANameOfOurs() async throws {
        let place = try await TemporaryRepository("echo one >a; echo b >b; echo '*.log' >.gitignore")
        let record = try await place.made()
        try await place.shell(
            "echo two >a; rm b; echo n >n; echo l >x.log; git config --unset user.name || :", in: record.path)
        let head = try await place.worktrees.commitAll(record, message: "fix\n\nproven")
        #expect(head != record.base)
        #expect(
            try await place.shell("git show --format=%s --name-status HEAD", in: record.path)
                == "fix\n\nM\ta\nD\tb\nA\tn")
        #expect(try await place.worktrees.commitAll(record, message: "again") == head)
    }

    @Test func nothingTheRepositoryNamesIsRun() async throws {
        let place = try await TemporaryRepository("echo '*.x filter=evil' >.gitattributes; echo one >a; echo x >f.x")
        let canary = place.root.appending("canary")
        let evil = place.root.appending("evil")
        try await place.shell(
            """
            printf '#!/bin/sh\\ntouch "\(canary)"\\ncat\\n' >'\(evil)'; chmod +x '\(evil)'
            for part in clean smudge; do git config filter.evil.$part '\(evil)'; done
            git config filter.evil.required true; git config core.fsmonitor '\(evil)'
            for hook in post-checkout pre-commit commit-msg post-commit reference-transaction; do
                cp '\(evil)' .git/hooks/$hook
            done
            """)
        let record = try await place.made()
        try await place.shell("echo y >g.x; echo two >a", in: record.path)
        // The agent points the worktree elsewhere, too.
        try await place.shell(
            "git init -q ../other; git -C ../other config core.fsmonitor '\(evil)'; rm -f '\(canary)'")
        try await place.shell("printf 'gitdir: \(place.root)/other/.git\\n' >.git", in: record.path)
        _ = try await place.worktrees.commitAll(record, message: "m")
        #expect(try await place.shell("git show --format= --name-only openloom/fix | xargs") == "a g.x")
        #expect(try await place.shell("ls '\(canary)' 2>/dev/null || echo none") == "none")
    }

    /// Settings of one worktree alone are read where that worktree is, and hold when git looks into it to remove it.
    @Test func merge_runsNothing_thatTheWorktreesOwnSettingsName() async throws {
        let place = try await TemporaryRepository("echo '*.x filter=evil' >.gitattributes; echo one >a; echo x >f.x")
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        _ = try await place.worktrees.commitAll(record, message: "fix")
        let canary = place.root.appending("canary")
        try await place.shell(
            "git config user.name n; git config user.email e@x; git config extensions.worktreeConfig true")
        // A file that was touched is read again, through its filter.
        try await place.shell(
            "git config --worktree filter.evil.clean \"touch '\(canary)'; cat\"; touch f.x", in: record.path)
        let merged = try await place.worktrees.merge(record, title: "Merge fix", noting: unnoted)
        #expect(merged.into == "main")
        #expect(try await place.shell("ls '\(canary)' ../worktrees/* 2>/dev/null || echo none") == "none")
    }

    @Test func merge_bringsTheWorkIntoTheCheckedOutBranch_andRemovesWorktreeAndBranch() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        _ = try await place.worktrees.commitAll(record, message: "fix")
        try await place.shell("echo mine >mine; git add mine; \(TemporaryRepository.commit) -m mine")
        try await place.shell("git config user.name n; git config user.email e@x")
        let merged = try await place.worktrees.merge(record, title: "Merge fix", noting: unnoted)
        #expect(merged.into == "main" && !merged.wasMerged)
        #expect(try await place.shell("cat a mine; git log -1 --format=%s") == "two\nmine\nMerge fix")
        #expect(
            try await place.shell("git branch --list 'openloom/*'; ls ../worktrees; git worktree list | wc -l") == "1")
    }

    @Test func merge_onlyRemoves_whenSomebodyHasMergedAlready() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        _ = try await place.worktrees.commitAll(record, message: "fix")
        try await place.shell("git merge -q openloom/fix")
        #expect(try await place.worktrees.merge(record, title: "x", noting: unnoted).wasMerged)
        #expect(try await place.shell("git branch --list 'openloom/*'").isEmpty)
    }

    @Test func merge_changesNothing_whenBothChangedTheSameLine() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        _ = try await place.worktrees.commitAll(record, message: "fix")
        try await place.shell("git config user.name n; git config user.email e@x; echo three >a; git commit -qam three")
        let before = try await place.shell("git rev-parse HEAD openloom/fix")
        await #expect { try await place.worktrees.merge(record, title: "x", noting: unnoted) } throws: {
            ($0 as? WorktreeError)?.code == .conflict && "\($0)".contains("a;")
        }
        #expect(try await place.shell("git rev-parse HEAD openloom/fix; git status --porcelain") == before)
        #expect(try await place.shell("cat a", in: record.path) == "two")
    }

    @Test func merge_refuses_whenTheWorktreeOrTheWorkspaceHasChangesInTheWay() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a", in: record.path)
        await #expect { try await place.worktrees.merge(record, title: "x", noting: unnoted) } throws: {
            ($0 as? WorktreeError)?.code == .dirty
        }
        _ = try await place.worktrees.commitAll(record, message: "fix")
        try await place.shell("git config user.name n; git config user.email e@x; echo mine >a")
        await #expect { try await place.worktrees.merge(record, title: "x", noting: unnoted) } throws: {
            ($0 as? WorktreeError)?.code == .dirty
        }
        #expect(try await place.shell("cat a") == "mine")
        #expect(try await place.shell("cat a", in: record.path) == "two")
    }

    @Test func discard_removesTheWorktree_andKeepsItsWorkAside() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a; echo n >n", in: record.path)
        let kept = try await place.worktrees.discard(record)
        #expect(try await place.shell("git branch --list 'openloom/*'; ls ../worktrees").isEmpty)
        #expect(try await place.shell("git rev-parse \(record.discardedReference)") == kept)
        #expect(
            try await place.shell("git show \(record.discardedReference):a \(record.discardedReference):n") == "two\nn")
        #expect(try await place.worktrees.discard(record) == kept)
    }

    @Test func removeIfUnchanged_leavesWhatHasACommitOrANewFile() async throws {
        let place = try await TemporaryRepository()
        let (idle, dirty, ahead) = try await (place.made("idle"), place.made("dirty"), place.made("ahead"))
        try await place.shell("echo n >n", in: dirty.path)
        try await place.shell("\(TemporaryRepository.commit) --allow-empty -m e", in: ahead.path)
        #expect(try await place.worktrees.removeIfUnchanged(idle))
        #expect(try await !place.worktrees.removeIfUnchanged(dirty))
        #expect(try await !place.worktrees.removeIfUnchanged(ahead))
        #expect(try await place.shell("ls ../worktrees") == "ahead\ndirty")
    }

    /// The repository, locked by somebody else.
    private func lock(_ place: TemporaryRepository) throws -> Int32 {
        let number = open(place.workspace.appending(".git").string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(flock(number, LOCK_EX | LOCK_NB) == 0)
        return number
    }

    @Test func make_waitsForWhoHoldsTheRepository_andGoesOn() async throws {
        let place = try await TemporaryRepository()
        let plan = try await place.worktrees.plan(task: "fix", branch: "fix", workspace: place.workspace)
        let holder = try lock(place)
        let making = Task { try await place.worktrees.make(plan) }
        while try descriptors(of: place) < 2 { await Task.yield() }
        #expect(access(plan.path.string, F_OK) != 0)
        close(holder)
        #expect(try await place.shell("cat a", in: try await making.value.path) == "one")
    }

    @Test func make_endsItsWait_whenItIsCancelled() async throws {
        let place = try await TemporaryRepository()
        let plan = try await place.worktrees.plan(task: "fix", branch: "fix", workspace: place.workspace)
        let holder = try lock(place)
        defer { close(holder) }
        let making = Task { try await place.worktrees.make(plan) }
        while try descriptors(of: place) < 2 { await Task.yield() }
        making.cancel()
        await #expect { try await making.value } throws: {
            ($0 as? WorktreeError)?.description.contains("the wait for it was cancelled") == true
        }
    }

    /// How often this process has the repository's directory open: by the test, and by who waits for its lock.
    private func descriptors(of place: TemporaryRepository) throws -> Int {
        var wanted = stat()
        try #require(stat(place.workspace.appending(".git").string, &wanted) == 0)
        let stream = try #require(opendir("/proc/self/fd"))
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            var found = stat()
            guard let number = Int32(name), fstat(number, &found) == 0 else { continue }
            if found.st_dev == wanted.st_dev, found.st_ino == wanted.st_ino { count += 1 }
        }
        return count
    }

    /// Where nothing is cut short.
    private func unnoted(_ record: WorktreeRecord) {}

    private struct NotWritten: Error {}

    @Test func merge_removesNothing_whenItCannotBeNoted() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a; \(TemporaryRepository.commit) -am two", in: record.path)
        try await place.shell("git config user.name n; git config user.email e@x")
        await #expect(throws: WorktreeError.self) {
            try await place.worktrees.merge(record, title: "x") { _ in throw NotWritten() }
        }
        #expect(try await place.shell("cat a") == "two")
        #expect(try await place.shell("git symbolic-ref --short HEAD; cat a", in: record.path) == "openloom/fix\ntwo")
    }

    /// The instant before `worktree.json` says that it has ended.
    @Test func merge_isFinished_whenItWasCutShortAfterItRemovedTheBranch() async throws {
        let place = try await TemporaryRepository()
        let record = try await place.made()
        try await place.shell("echo two >a; \(TemporaryRepository.commit) -am two", in: record.path)
        try await place.shell("git config user.name n; git config user.email e@x")
        let noted = Mutex<WorktreeRecord?>(nil)
        let merged = try await place.worktrees.merge(record, title: "x") { written in noted.withLock { $0 = written } }
        let left = try #require(noted.withLock { $0.flatMap { WorktreeRecord(json: $0.json) } })
        #expect(try await place.worktrees.finishedMerge(left)?.commit == merged.commit)
        let again = try await place.worktrees.merge(left, title: "x", noting: unnoted)
        #expect(again.wasMerged && again.commit == merged.commit && again.into == "main")
        // What is checked out does not hold it any more, or nobody noted anything.
        try await place.shell("git checkout -q -b other '\(record.base)'")
        for record in [left, record] {
            await #expect { try await place.worktrees.merge(record, title: "x", noting: unnoted) } throws: {
                ($0 as? WorktreeError)?.code == .gone
            }
        }
    }
}
