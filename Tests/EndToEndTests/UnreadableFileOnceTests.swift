import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// Files that the daemon's user may not read: what can't be told is said, and nothing hangs or falls over.
@Suite(.timeLimit(.minutes(5))) struct UnreadableFileOnceTests {
    /// A daemon of root that has given up to read everything.
    private static let launcher =
        getuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []

    private func end(git: Bool, _ script: [String]) throws -> (world: World, id: String, changes: JSONValue?) {
        let world = try World(simulator: ["--allow-run"])
        let workspace = try world.workspace()
        try world.serve(under: Self.launcher)
        let setup = git ? "git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm first" : ":"
        _ = try world.shell(
            "cd '\(workspace)'; echo o >open; echo s >secret; mkdir closed; echo c >closed/c; \(setup); chmod 000 secret closed"
        )
        try world.drop("task", workspace: workspace, goal: script.map { "sim: \($0)" }.joined(separator: "\n"))
        try world.wait("it ends") { !world.names(.done).isEmpty || !world.names(.failed).isEmpty }
        let state: TaskState = world.names(.done).isEmpty ? .failed : .done
        let id = world.names(state)[0]
        _ = try world.shell("chmod 700 '\(workspace)/closed' '\(workspace)/secret'")
        return (world, id, Files.json(world.task(id, state).appending("evidence/changes.json")))
    }

    private func lines(_ changes: JSONValue?) -> [String] {
        (changes?["changes"]?.array ?? []).map { "\($0["kind"]?.string ?? "") \($0["path"]?.string ?? "")" }
    }

    private func notes(_ changes: JSONValue?) -> [String] {
        (changes?["undeterminable"]?.array ?? []).compactMap(\.string)
    }

    @Test(arguments: [false, true]) func whatCanBeRead_isCompared_andTheRestIsUndeterminable(git: Bool) throws {
        let end = try end(git: git, ["write a.txt a"])
        #expect(end.world.verdict(end.id) == "changed")
        #expect(lines(end.changes) == ["added a.txt"])
        #expect(notes(end.changes).contains { $0.contains("closed") })
    }

    @Test(arguments: [false, true]) func nothingKnownToBeDifferent_isNotUnchanged(git: Bool) throws {
        let end = try end(git: git, ["say nothing to do"])
        #expect(lines(end.changes).isEmpty)
        #expect(end.world.verdict(end.id) == "unverified")
    }

    @Test(arguments: [false, true]) func unreadableFile_writtenTo_isSeenByItsSizeOrSaidToBeUnknown(git: Bool) throws {
        let end = try end(git: git, ["run chmod 600 secret; echo more >>secret; chmod 000 secret"])
        #expect(
            lines(end.changes).contains("modified secret") || notes(end.changes).contains { $0.contains("secret") })
        #expect(end.world.verdict(end.id) != "unchanged")
    }
}
