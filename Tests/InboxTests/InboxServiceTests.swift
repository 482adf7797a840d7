import Glibc
import Inbox
import Inotify
import Logging
import Spool
import SystemPackage
import TaskSource
import Testing

/// From a dropped file to a task, with inotify and with a timer.
@Suite(.timeLimit(.minutes(2))) struct InboxServiceTests {
    static let sources: [WatchSource] = [.inotify, .timer(every: .milliseconds(20))]

    /// Runs `body` while an inbox is served.
    private func serving(_ world: InboxWorld, _ source: WatchSource, _ body: () async throws -> Void) async throws {
        let watcher = try SpoolWatcher(world.spool, source: source)
        let service = InboxService(
            spool: world.spool, watcher: watcher,
            reader: TaskSourceReader(
                workspaces: WorkspacePolicy(defaultWorkspace: world.workspace, projects: ["site": world.workspace])
            ),
            settings: InboxService.Settings(
                directory: world.inbox, settle: .milliseconds(200), limits: TaskSourceLimits(), projects: ["site"]
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test(arguments: sources)
    func drops_ofAllKinds_becomeTasks(source: WatchSource) async throws {
        let world = try InboxWorld()
        try world.drop("before.md", "# Before\n\nIt lay here at start.\n")
        try await serving(world, source) {
            try world.drop("a.txt", "Do a thing")
            try world.drop("b.yaml", "goal: Do b\n")
            try world.drop("c.json", "{\"goal\": \"Do c\"}")
            try await world.become { world.names == ["Before", "a", "b", "c"] }
            try world.drop("site/d.md", "# D\n\nIn a project.\n")
            try await world.become { world.names.contains("D") }
            // The same name once more is a new task.
            try world.drop("a.txt", "Do another thing")
            try await world.become { world.names.filter { $0 == "a" }.count == 2 }
        }
        #expect(world.inboxNames == ["site"])
    }

    /// A disk that is full for a while, say: what was taken waits in `tmp/`, and becomes a task when it can.
    @Test func dropThatCanNotBeAccepted_isTriedAgain() async throws {
        let world = try InboxWorld()
        let (new, away) = (world.spool.paths.directory(of: .new), world.spool.root.appending("away"))
        try await serving(world, .inotify) {
            try world.drop("first.txt", "first")
            try await world.become { world.names == ["first"] }
            #expect(rename(new.string, away.string) == 0)
            try world.drop("second.txt", "second")
            try await world.become { world.inboxNames == ["site"] && !world.tmp.isEmpty }
            #expect(rename(away.string, new.string) == 0)
            try await world.become { world.names == ["first", "second"] }
        }
        #expect(world.tmp == [])
        #expect(world.rejected == [])
    }

    /// A folder that a synchroniser keeps on another disk: a file can't be moved from there into the spool.
    @Test(arguments: sources)
    func inboxOnAnotherFilesystem_isServedLikeAnyOther(source: WatchSource) async throws {
        let world = try InboxWorld(inboxIn: try OtherFilesystem.path)
        try await serving(world, source) {
            try world.drop("a.md", "# A\n\nDo a.\n")
            try world.drop("site/b.txt", "Do b")
            try world.drop("bad.yaml", "prioritty: 3\n")
            try await world.become { world.names == ["A", "b"] && world.rejected.count == 2 }
        }
        #expect(world.inboxNames == ["site"])
        #expect(world.tmp == [])
        #expect(world.text("rejected/bad.yaml") == "prioritty: 3\n")
    }

    /// Fault 11: a file that is half written is neither taken nor remembered as bad.
    @Test(arguments: sources)
    func slowWriter_isWaitedFor(source: WatchSource) async throws {
        let world = try InboxWorld()
        try await serving(world, source) {
            let file = open(world.inbox.appending("slow.yaml").string, O_WRONLY | O_CREAT, 0o600)
            #expect(Glibc.write(file, "goal: [half", 11) == 11)
            // Something dropped later goes first, so the inbox was looked at in the meantime.
            try world.drop("quick.txt", "quick")
            try await world.become { world.names == ["quick"] }
            #expect(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0)
            #expect(Glibc.write(file, "goal: whole", 11) == 11)
            close(file)
            try await world.become { world.names == ["quick", "slow"] }
        }
        #expect(world.rejected == [])
    }

    /// Fault 12: whoever dropped a bad file learns what is wrong with it, and loses nothing.
    @Test(arguments: sources)
    func badFile_isRejected_withLineAndMend(source: WatchSource) async throws {
        let world = try InboxWorld()
        let bytes = "goal: Do it\nprioritty: 3\n"
        try await serving(world, source) {
            try world.drop("bad.yaml", bytes)
            try world.drop("picture.png", "not a task")
            try await world.become { world.rejected.count == 4 }
        }
        let reason = world.text("rejected/bad.yaml.reason.txt")
        #expect(reason.contains("line 2") && reason.contains("prioritty") && reason.contains("priority"))
        #expect(world.text("rejected/bad.yaml") == bytes)
        #expect(world.text("rejected/picture.png.reason.txt").contains("md"))
        #expect(world.names == [])
    }

    @Test(arguments: sources)
    func whatIsNoDrop_isLeftAlone(source: WatchSource) async throws {
        let world = try InboxWorld()
        let ignored = [".hidden.md", "~$report.docx", "x.tmp", "x.part", "x.crdownload", ".x.md.swp", "x.md~"]
        try await serving(world, source) {
            for name in ignored { try world.drop(name, "# x\n\nx\n") }
            #expect(mkfifo(world.inbox.appending("pipe.md").string, 0o600) == 0)
            #expect(symlink("/etc/passwd", world.inbox.appending("link.md").string) == 0)
            try world.drop("real.txt", "real")
            try await world.become { world.names == ["real"] }
        }
        #expect(Set(world.inboxNames).isSuperset(of: ignored + ["pipe.md", "link.md"]))
        #expect(world.rejected == [])
    }

    @Test(arguments: sources)
    func closedSpool_leavesFilesWhereTheyAre(source: WatchSource) async throws {
        let world = try InboxWorld()
        try world.put("closed", "")
        try await serving(world, source) {
            try world.drop("later.txt", "later")
            try world.remove("closed")
            try await world.become { world.names == ["later"] }
        }
    }

    @Test(arguments: sources)
    func directoryMovedIntoNew_isRead_orEndsInvalid(source: WatchSource) async throws {
        let world = try InboxWorld()
        try await serving(world, source) {
            for (name, files) in [("good", ["source.md"]), ("two", ["source.md", "source.txt"])] {
                #expect(mkdir(world.spool.root.appending("tmp/\(name)").string, 0o700) == 0)
                for file in files { try world.put("tmp/\(name)/\(file)", "# Good\n\nDo it.\n") }
                #expect(
                    rename(
                        world.spool.root.appending("tmp/\(name)").string,
                        world.spool.root.appending("new/\(name)").string
                    ) == 0
                )
            }
            try await world.become {
                world.text("failed/two/verdict") == "invalid\n" && world.text("new/good/task.json").contains("Good")
            }
        }
        #expect(world.text("failed/two/reason").contains("source"))
    }

    @Test(arguments: sources)
    func twoHundredAtOnce_areTwoHundredTasks(source: WatchSource) async throws {
        let world = try InboxWorld()
        try await serving(world, source) {
            for number in 0..<200 { try world.drop("t\(number).txt", "Do \(number)") }
            try await world.become { world.names.count == 200 }
        }
        #expect(Set(world.names).count == 200)
        #expect(world.tmp == [])
    }
}
