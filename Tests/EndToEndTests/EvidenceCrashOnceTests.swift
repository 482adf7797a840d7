import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// The daemon is killed while git works for it, before the prompt and after the turn: the verdict and the evidence are
/// those of a daemon that was not.
@Suite struct EvidenceCrashOnceTests {
    /// git's command during which the daemon is killed.
    static let instants = [
        ("git", "rev-parse"), ("git", "status"), ("git", "update-index"), ("git", "write-tree"), ("git", "diff-index"),
        ("git", "cat-file"), ("plain", "diff"),
    ]

    @Test(arguments: instants)
    func killedDaemon_comesToTheSameVerdict(kind: String, command: String) throws {
        let world = try World()
        let workspace = try world.workspace()
        let start = kind == "git" ? "git init -q .; git add a; \(Self.commit); echo dirty >d" : ":"
        let made = try world.shell(": ; cd '\(workspace)' || exit 1; echo a >a; \(start)")
        try #require(made.code == 0, "\(made.errors)")
        let bin = world.root.appending("bin")
        try Files.makeDirectory(bin)
        let script = """
            #!/bin/sh
            case " $* " in *" \(command) "*) echo $$ >'\(world.root)/stuck.tmp'
            mv '\(world.root)/stuck.tmp' '\(world.root)/stuck'; exec tail -f /dev/null;; esac
            exec /usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin git "$@"
            """
        try Files.write(script, to: bin.appending("git"))
        chmod(bin.appending("git").string, 0o755)
        try world.serve(["PATH": "\(bin):/usr/local/bin:/usr/bin:/bin"])
        try world.drop("Task", workspace: workspace, goal: "sim: append a more\nsim: write n.txt new")
        let stuck = world.root.appending("stuck")
        try world.wait("git is at it") { Files.exists(stuck) }
        world.killDaemon()
        let process = try #require(Files.text(stuck).flatMap { pid_t($0.filter(\.isNumber)) })
        kill(process, SIGKILL)

        try world.serve()
        let id = try world.wait(for: 1, in: .done)[0]

        #expect(world.verdict(id) == "changed")
        #expect(world.prompts.count == 1)
        let evidence = world.task(id, .done).appending("evidence")
        let changes = Files.json(evidence.appending("changes.json"))
        #expect(changes?["changes"]?.array?.compactMap { $0["path"]?.string } == ["a", "n.txt"])
        #expect(changes?["undeterminable"]?.array?.isEmpty == true)
        #expect(Files.names(evidence) == ["baseline.json", "changes.json", "changes.patch"])
    }

    private static let commit = "git -c user.name=x -c user.email=x@y commit -q -m first"
}
