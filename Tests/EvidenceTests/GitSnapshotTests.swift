import Git
import SystemPackage
import Testing

@testable import Evidence

/// A baseline taken by a look beside the index says what one would say for which git looked at everything.
@Suite(.timeLimit(.minutes(3))) struct GitSnapshotTests {
    private static let files =
        """
        mkdir -p src/deep docs; echo a >a; echo b >src/b; echo c >src/deep/c; echo d >docs/d; ln -s a l; echo x >x; chmod +x x
        printf '*.o\\nbuild/\\n/logs/*\\n' >.gitignore; echo keep >src/keep.o; git add -f src/keep.o
        """

    static let states = [
        ":", "echo more >>a", "touch a; touch src/b", "rm src/b", "rm -r src/deep", "chmod -x x; chmod +x a",
        "chmod 600 src/b",
        "rm a; ln -s x a", "rm l; echo l >l", "rm docs/d; mkdir docs/d; echo in >docs/d/in", "echo n >n; echo n >src/n",
        "mkdir -p new/deep; echo n >new/deep/n; chmod 600 new/deep/n",
        "echo o >o.o; mkdir build logs; echo o >build/o; echo o >logs/o",
        "mkdir -p new/build; echo o >new/build/o; echo n >new/n; echo o >new/o.o",
        "mkdir empty; mkfifo src/fifo; mkfifo fifo",
        "mkdir new; mkfifo new/fifo; echo n >new/n", "git init -q inner; echo i >inner/i",
        "git init -q src/inner; echo i >src/inner/i",
        "echo staged >>a; git add a", "git rm -q --cached a", "git mv a moved", "git commit -q --allow-empty -m second",
        "git update-index --assume-unchanged a; echo hidden >>a", "for i in $(seq 300); do echo $i >src/$i; done",
        "echo '*.txt' >.git/info/exclude; echo t >src/t.txt",
        "echo z >\"$(printf 'z\\377')\"; echo '[' >'[a]'; echo s >'*'",
        "git commit -qm none --allow-empty; git checkout -q --detach", "mkdir -p src/deep/.x; echo x >src/deep/.x/x.o",
        "git update-index --chmod=+x a; git commit -qm mode; git config core.filemode true",
    ]

    private func shadow(
        _ place: TemporaryWorkspace, _ name: String, _ workspace: FilePath
    ) async throws -> (shadow: GitShadow, prefix: [UInt8], files: EvidenceFiles, git: GitProgram) {
        let directory = place.root.appending(name)
        try EvidenceFiles.makeDirectory(directory)
        let files = EvidenceFiles(directory: directory)
        let git = try #require(GitProgram.find(timeout: .seconds(60)))
        let repository = try await GitRepository.find(around: workspace, git: git, limit: 1 << 20)
        let prefix = try #require(GitBaseline.prefix(of: workspace, in: repository.topLevel))
        let shadow = GitShadow(
            directory: files.path(EvidenceFiles.repository), workspace: workspace, topLevel: repository.topLevel,
            objectFormat: repository.objectFormat, layout: GitLayout(of: repository, hiding: []), git: git,
            limits: EvidenceLimits())
        return (shadow, prefix, files, git)
    }

    @Test(arguments: states, [false, true])
    func look_findsWhatGitFinds(state: String, inSubdirectory: Bool) async throws {
        let identity = "git config user.name a; git config user.email a@b; git config commit.gpgsign false"
        let place = try TemporaryWorkspace(git: true, "\(identity)\n\(Self.files)")
        // So that the index proves something: until then git, too, has to read what it was just told.
        try place.shell("sleep 0.05; git update-index --refresh -q; sleep 0.05; git reset -q --mixed; \(state)")
        let real = try #require(RealPath.of(place.workspace))
        let workspace = inSubdirectory ? real.appending("src") : real

        let whole = try await shadow(place, "whole", workspace)
        let repository = try await GitRepository.find(around: workspace, git: whole.git, limit: 1 << 20)
        try whole.shadow.create(for: repository)
        let status = try await whole.shadow.status(whole.prefix)

        let looked = try await shadow(place, "looked", workspace)
        let tree = WorkspaceTree(limits: EvidenceLimits(), excluded: [])
        let taken = try await GitBaseline.take(
            workspace, files: looked.files, git: looked.git, tree: tree, hiding: [])
        let found = taken.baseline
        // A file that git was told to overlook is not in its status, and must be in the baseline.
        if !state.contains("assume-unchanged") {
            #expect(found.dirty.map(PathText.shown) == status.dirty.map(PathText.shown))
        }
        #expect(Set(found.nested) == Set(status.nested))
        let ignored = try looked.shadow.ignored(count: found.ignoredCount)
        #expect(Set(ignored.map(PathText.shown)) == Set(status.ignored.map(PathText.shown)))

        let index = try looked.shadow.readIndex()
        let known = GitComparison.Known(index, prefix: looked.prefix, ignored: ignored)
        let scope = WorkspaceLook.Scope(skipped: Set(ignored + found.nested), stopsAtRepositories: true)
        let survey = try await GitSurvey.take(workspace, tree: tree, table: known.table, scope: scope).survey
        #expect(found.survey.special == survey.special)
        for place in 0..<known.table.paths.count {
            let path = known.table.paths[place]
            #expect(
                found.survey.permissions(of: path, now: known.entries[place].mode)
                    == survey.permissions(of: path, now: known.entries[place].mode), "\(PathText.shown(path))")
        }
        // The content of every file is in the index.
        let difference = try await looked.shadow.run(["diff-files", "--name-only", "-z", "--", "."], accepted: [0, 1])
        #expect(difference.text.isEmpty)
    }

    @Test func entry_provesAFile_onlyIfItWasAtRestWhenTheIndexWasWritten() {
        let status = FileStatus(
            mode: 0o100644, size: 3, modified: 2_000_000_005, changed: 2_000_000_005, inode: 7, device: 1)
        var entry = GitIndexFile.Entry(
            mode: 0o100644, seconds: 2, nanoseconds: 5, modifiedSeconds: 2, modifiedNanoseconds: 5, inode: 7, size: 3,
            stage: 0, isOverlooked: false)
        #expect(entry.proves(status, written: 2_000_000_006))
        #expect(!entry.proves(status, written: 2_000_000_005))
        entry.mode = 0o100755
        #expect(!entry.proves(status, written: 2_000_000_006))
    }

    @Test func directories_tellWhetherANameHasComeOrGone() async throws {
        let place = try TemporaryWorkspace("mkdir -p a/b; echo x >a/b/x; echo y >y")
        try place.shell("sleep 0.05")
        let tree = WorkspaceTree(limits: EvidenceLimits(), excluded: [])
        let begun = WallClock.nanoseconds()
        let outcome = try await tree.scan(place.workspace) { _, _ in }.outcome
        #expect(WorkspaceTree.isStill(place.workspace, outcome, since: begun))
        #expect(!WorkspaceTree.isStill(place.workspace, outcome, since: begun - 10_000_000_000))
        try place.shell("echo more >>a/b/x")
        #expect(WorkspaceTree.isStill(place.workspace, outcome, since: begun))
        try place.shell("mv y a/b/y; mv a/b/y y")
        #expect(!WorkspaceTree.isStill(place.workspace, outcome, since: begun))
        #expect(!WorkspaceTree.isStill(place.workspace.appending("gone"), outcome, since: begun))
    }
}
