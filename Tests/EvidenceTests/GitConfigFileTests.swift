import Git
import SystemPackage
import Testing

@testable import Evidence

/// What is read without git is what git reads.
@Suite(.serialized, .timeLimit(.minutes(3))) struct GitConfigFileTests {
    static let plain = [
        "", "[core]\n\tbare = false\n", "[core] bare\n", "; c\n# c\n[a]b=c",
        "[A \"B c\"]\nD = e # f\n[a \"q\\\"\\\\x\"]\nk=v",
        "[a]\nk = \"  x ; y\" z\nk2 = x\\ty\\\\ \\\"q\\\"\nk3 =\nk4\n", "[a]\nk = one \\\n two\n[b.C]\nd-e = 1\r\n",
        "[a]\nk = v\r\nk=w ; c\n", "\u{FEFF}[a]\nk = ü\n", "[user]\n name = A B\n[user]\n email = a@b\n",
        "[remote \"o\"]\n\turl = git@x:y.git\n\tfetch = +refs/heads/*:refs/remotes/o/*\n", "[a]\nk = a\"b\"c\n",
        "[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\trequired = true\n",
    ]
    static let other = [
        "[include]\npath = x\n", "[includeIf \"gitdir:~/\"]\n\tpath = y\n", "[a\nk = v\n", "k = v\n", "[a]\nk = \"x\n",
        "[a]\nk = \\q\n", "[a]\n1k = v\n", "[a]\nk v\n", "[a \"b]\nk=v\n", "[]\nk=v\n",
    ]

    @Test(arguments: plain) func plainFile_isReadAsGitReadsIt(text: String) throws {
        let place = try TemporaryWorkspace()
        try EvidenceFiles.write(place.workspace.appending("config"), Array(text.utf8))
        try place.shell("git config -f config -z --list >list 2>&1")
        let said = try EvidenceFiles.read(place.workspace.appending("list"), limit: 1 << 16)
        let read = try #require(GitConfigFile(Array(text.utf8)))
        #expect(read.records.map(PathText.shown) == said.split(separator: 0).map(PathText.shown))
    }

    @Test(arguments: other) func otherFile_isLeftToGit(text: String) {
        #expect(GitConfigFile(Array(text.utf8)) == nil)
    }

    @Test(arguments: WorkspaceKind.allCases.filter(\.isGit))
    func repository_isReadAsGitTellsOfIt(kind: WorkspaceKind) async throws {
        let place = try kind.make("echo a >a")
        let real = try #require(RealPath.of(place.workspace))
        let git = try #require(GitProgram.find(timeout: .seconds(60)))
        let read = try #require(GitRepository.read(around: real, git: git))
        let told = try await GitRepository.ask(around: real, git: git, limit: 1 << 20)
        #expect(read.topLevel == told.topLevel && RealPath.of(read.gitDirectory) == RealPath.of(told.gitDirectory))
        #expect(read.head == told.head && read.branch == told.branch && read.objectFormat == told.objectFormat)
        for path in [\GitRepository.objects, \.index, \.exclude, \.attributes] {
            #expect(RealPath.of(read[keyPath: path]) == RealPath.of(told[keyPath: path]))
        }
        #expect(read.settings.file(objectFormat: "sha1") == told.settings.file(objectFormat: "sha1"))
        #expect(read.settings.email == told.settings.email && read.settings.filters == told.settings.filters)
    }

    @Test(arguments: [
        "git config core.worktree ../else", "git config core.bare true", "git config include.path x",
        "printf 'ref: refs/heads/../../x' >.git/HEAD; git pack-refs --all 2>/dev/null; touch .git/packed-refs",
        "rm -r .git/objects", "mv .git g; echo 'gitdir: nowhere' >.git",
    ])
    func repositoryThatIsNotPlain_isLeftToGit(change: String) throws {
        let place = try TemporaryWorkspace(git: true, "echo a >a")
        try place.shell(change)
        let git = try #require(GitProgram.find(timeout: .seconds(60)))
        #expect(GitRepository.read(around: place.workspace, git: git) == nil)
    }
}
