import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// Task files in somebody else's storage, by the built program and real connectors.
@Suite(.timeLimit(.minutes(5))) struct ConnectorOnceTests {
    @Test func remoteFile_becomesATask_andComesBackAsAResult() throws {
        let world = try World(connector: ", permissions: {external_directory: ask}, verify: [{exists: trip.txt}]")
        try world.serve()
        try world.put("Trip.md", "# Trip\n\nsim: write trip.txt x\n")
        try world.wait("the source is in the archive") { world.remoteNames("old") == ["Trip.md"] }
        #expect(world.remoteNames("out") == ["Trip.result.md"] && world.remoteNames("in") == [])
        #expect(world.remoteText("out/Trip.result.md").hasPrefix("# Trip\n\n**verified: 1 check passed"))
        let id = try #require(world.names(.done).first)
        let spec = Files.json(world.task(id, .done).appending("task.json"))
        #expect(spec?["origin"] == ["kind": "connector", "source": "share:in/Trip.md"])
        #expect(spec?["permissions"]?["external_directory"]?.string == "ask")
        #expect(world.verdict(id) == "verified")
    }

    @Test func status_isInTheStorageWhileTheTaskRuns() throws {
        let world = try World(connector: "")
        try world.serve()
        try world.put("Wait.json", "{\"name\": \"W\", \"goal\": \"\(World.patientGoal)\"}")
        try world.wait("the status says that it waits") {
            Files.json(world.remote.appending("out/Wait.status.json"))?["status"]?.string == "waiting"
        }
        #expect(world.remoteNames("in") == ["Wait.json"])
        try world.wait("it is put away") {
            world.answerAll()
            return world.remoteNames("old") == ["Wait.json"]
        }
        #expect(world.remoteNames("out") == ["Wait.result.json"])
        try world.wait("it is forgotten") { Files.names(world.spool.appending("connectors/share/taken")) == [] }
    }

    static let points: [CrashPoint] = [
        .remoteNoted, .submitWritten, .submitMoved, .remoteSubmitted, .remoteRecorded, .statusNoted, .statusPlaced,
        .resultNoted, .resultPlaced, .statusRemoved, .archiveNoted, .archiveMoved, .resultSettled, .resultCursorWritten,
    ]

    @Test(arguments: points)
    func killedDaemon_leavesOneTask_andOneResult(at point: CrashPoint) throws {
        let world = try World(connector: "")
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.put("Once.md", "# Once\n\n\(World.patientGoal)\n")
        try world.wait("it dies") {
            world.answerAll()
            return world.daemon?.waitForExit(within: .zero) != nil
        }
        #expect(world.daemon?.waitForExit(within: World.patience) == 137, "\(world.story)")
        try world.serve()
        try world.wait("it is put away") {
            world.answerAll()
            return world.remoteNames("old") == ["Once.md"] && world.remoteNames("in") == []
        }
        try world.wait("it is settled") {
            world.names(.done).first.map {
                Files.json(world.task($0, .done).appending("placed.json"))?["result_of"]?.string != nil
            } ?? false
        }
        #expect(world.remoteNames("out") == ["Once.result.md"])
        #expect(world.names(.done).count == 1 && world.names(.new) + world.names(.running) + world.names(.failed) == [])
        #expect(world.prompts.count == 1 && Files.names(world.spool.appending("rejected")) == [])
    }

    @Test func uploadAndMoveThatBrokeOff_areGoneOnWith() throws {
        let world = try World(connector: "")
        try world.serve(["OPENLOOM_CRASH_AT": CrashPoint.archiveNoted.rawValue])
        try world.put("Half.md", "# Half\n\nsim: write half.txt x\n")
        #expect(world.daemon?.waitForExit(within: World.patience) == 137)
        // As a storage may be left that takes files piece by piece.
        let whole = world.remoteText("out/Half.result.md")
        try Files.write(String(whole.prefix(40)), to: world.remote.appending("out/Half.result.md"))
        try Files.write("# Ha", to: world.remote.appending("old/Half.md"))
        try world.serve()
        try world.wait("it is put away") { world.remoteNames("in") == [] }
        #expect(world.remoteText("out/Half.result.md") == whole && world.remoteNames("out") == ["Half.result.md"])
        #expect(world.remoteNames("old") == ["Half.md"] && world.remoteText("old/Half.md").hasSuffix("half.txt x\n"))
    }

    @Test func fileThatIsNoTask_saysWhyInTheStorage_untilItIsMended() throws {
        let world = try World(connector: "")
        try world.serve()
        try world.put("Bad.yaml", "goal: [\n")
        try world.put("photo.jpg", "no task")
        try world.wait("the reason is there") { world.remoteNames("out") == ["Bad.rejected.txt"] }
        #expect(world.remoteText("out/Bad.rejected.txt").hasPrefix("Bad.yaml could not become a task:\nline 2"))
        try world.put("Bad.yaml", "name: Good\ngoal: 'sim: write good.txt x'\n")
        try world.wait("it is put away") { world.remoteNames("old") == ["Bad.yaml"] }
        try world.wait("the reason is gone") { world.remoteNames("out") == ["Bad.result.yaml"] }
        #expect(world.remoteNames("in") == ["photo.jpg"] && world.names(.done).count == 1)
    }

    @Test func killedDaemon_leavesNoReasonBehind() throws {
        let world = try World(connector: "")
        try world.serve(["OPENLOOM_CRASH_AT": CrashPoint.remoteReasonWithdrawn.rawValue])
        try world.put("Bad.yaml", "goal: [\n")
        try world.wait("the reason is there") { world.remoteNames("out") == ["Bad.rejected.txt"] }
        _ = try world.shell("rm '\(world.remote)/in/Bad.yaml'")
        #expect(world.daemon?.waitForExit(within: World.patience) == 137)
        let taken = world.spool.appending("connectors/share/taken")
        #expect(world.remoteNames("out") == [] && Files.names(taken).count == 1)
        try world.serve()
        try world.wait("it is forgotten") { Files.names(taken) == [] }
        #expect(world.remoteNames("out") == [])
    }

    @Test func nothingOfOthers_isReplaced_andTheSameNameAgainIsAnotherTask() throws {
        let world = try World(connector: "", archive: nil)
        try Files.makeDirectory(world.remote.appending("out"))
        try Files.write("mine", to: world.remote.appending("out/A.result.md"))
        try world.serve()
        try world.put("A.md", "# A\n\nsim: write a.txt 1\n")
        try world.wait("it is done") { world.remoteNames("in") == ["A.done.md"] }
        try world.put("A.md", "# A\n\nsim: write a.txt 2\n")
        try world.wait("so is the next") { world.remoteNames("in") == ["A (2).done.md", "A.done.md"] }
        #expect(world.remoteNames("out") == ["A (2).result.md", "A (3).result.md", "A.result.md"])
        #expect(world.remoteText("out/A.result.md") == "mine" && world.names(.done).count == 2)
    }

    @Test func fileThatIsReplacedMeanwhile_isATaskOfItsOwn_andNeitherIsLost() throws {
        let world = try World(connector: "")
        try world.serve()
        try world.put("A.md", "# First\n\n\(World.patientGoal)\n")
        try world.waitForFile(world.remote.appending("out/A.status.md"))
        try world.put("A.md", "---\nworkspace_shared: true\n---\n# Second\n\nsim: say hi\n")
        try world.wait("both are put away") {
            world.answerAll()
            return world.remoteNames("in") == [] && world.remoteNames("old").count == 2
        }
        let texts = world.remoteNames("old").map { world.remoteText("old/\($0)") }
        #expect(
            texts.filter { $0.contains("# First") }.count == 1 && texts.filter { $0.contains("# Second") }.count == 1)
        #expect(world.names(.done).count == 2 && world.remoteNames("out").count == 2)
    }

    /// A program that knows `ls` and `download` only, and writes down what it is asked.
    private static let reader = """
        #!/bin/sh
        root=$1; echo "$2 $3" >> "$root/asked"
        case $2 in
        ls) [ -d "$root/$3" ] || exit 3
            for f in "$root/$3"/*; do [ -e "$f" ] && printf '%s/%s\\t\\n' "$3" "${f##*/}"; done ;;
        download) [ -f "$root/$3" ] || exit 3; cat "$root/$3" ;;
        *) exit 4 ;;
        esac
        """

    @Test func storageThatIsOnlyRead_hasEachFileTakenOnce_alsoByTheNextDaemon() throws {
        let world = try World(connector: "")
        try world.install("directory", text: Self.reader)
        try world.serve()
        try world.put("A.md", "# A\n\nsim: write a.txt x\n")
        _ = try world.wait(for: 1, in: .done)
        func looks() -> Int { world.remoteText("asked").split(separator: "\n").count { $0 == "ls in" } }
        world.killDaemon()
        _ = try world.shell("rm -rf done/*")
        try world.serve()
        let before = looks()
        try world.wait("it is looked at again and again") { looks() > before + 5 }
        #expect(world.prompts.count == 1 && world.names(.done) == [] && world.remoteNames("in") == ["A.md"])

        // Storage that is not there for a while has lost nothing.
        try Files.move(world.remote.appending("in"), world.remote.appending("away"))
        let missing = looks()
        try world.wait("it is looked at again and again") { looks() > missing + 3 }
        try Files.move(world.remote.appending("away"), world.remote.appending("in"))
        let back = looks()
        try world.wait("it is looked at again and again") { looks() > back + 5 }
        #expect(world.prompts.count == 1 && world.names(.done) == [])
    }

    @Test func fileThatIsStillWritten_isNotTaken() throws {
        let world = try World(connector: "")
        // Says that the file is larger than what can be read of it, as long as it is not complete.
        let growing = """
            #!/bin/sh
            root=$1; echo "$2 $3" >> "$root/asked"
            case $2 in
            ls) [ -e "$root/in/A.md" ] && printf 'in/A.md\\t%s\\t1\\n' "$(cat "$root/size")" ;;
            download) [ -f "$root/$3" ] || exit 3; cat "$root/$3" ;;
            *) exit 4 ;;
            esac
            """
        try world.install("directory", text: growing)
        let whole = "# A\n\nsim: write a.txt x\n"
        try Files.write("\(whole.utf8.count)", to: world.remote.appending("size"))
        try Files.write("# A\n\nsim: wri", to: world.remote.appending("in/A.md"))
        try world.serve()
        func reads() -> Int { world.remoteText("asked").split(separator: "\n").count { $0 == "download in/A.md" } }
        try world.wait("it was read several times") { reads() > 2 }
        #expect(world.names(.new) + world.names(.running) + world.names(.done) == [])
        try world.put("A.md", whole)
        _ = try world.wait(for: 1, in: .done)
        #expect(Files.text(try world.workspace().appending("a.txt")) == "x\n")
    }

    @Test func filesThatCanNotBeRead_doNotStarveTheOthers() throws {
        let world = try World(connector: "")
        let source = LayoutDocument.checkout.appending("contrib/connectors/directory")
        let program = try #require(Files.text(source)).replacing(
            "set -eu", with: "set -eu\ncase $2$3 in downloadin/Z*) exit 9 ;; esac")
        try world.install("directory", text: program.replacing("%T@ %i\\n'", with: "%T@ %i\\n' | sort -r"))
        for name in ["Z1.md", "Z2.md", "Z3.md", "Z4.md", "A.md", "B.md"] { try world.put(name, "# A\n\nsim: say hi\n") }
        try world.serve()
        try world.wait("the others are done") { world.remoteNames("old") == ["A.md", "B.md"] }
        #expect(world.names(.done).count == 2)
    }

    @Test func reason_replacesNobodysFile_andRemovesNone() throws {
        let world = try World(connector: "")
        try Files.makeDirectory(world.remote.appending("out"))
        try Files.write("mine", to: world.remote.appending("out/Bad.rejected.txt"))
        try world.put("Bad.yaml", "goal: [\n")
        try world.put("Worse.yaml", "goal: [\n")
        try world.serve()
        try world.wait("both are rejected") { (world.daemon?.errorText.split(separator: "rejected").count ?? 0) > 2 }
        _ = try world.shell("rm '\(world.remote)/in/Bad.yaml' '\(world.remote)/in/Worse.yaml'")
        try world.wait("the reason is gone") { world.remoteNames("out") == ["Bad.rejected.txt"] }
        #expect(world.remoteText("out/Bad.rejected.txt") == "mine")
    }

    @Test func connectorThatFails_isToldOf_andCostsNobodyElseAnything() throws {
        let world = try World(connector: ", timeout_s: 0.3")
        try world.install("directory", text: "#!/bin/sh\necho 'no such host' >&2\nexit 7\n")
        try world.serve()
        let config = world.root.appending("config.yaml").string
        try world.wait("the log says so") { world.daemon?.errorText.contains("ls ended with 7: no such host") == true }
        #expect(try world.openloom(["doctor", "--config", config]).output.contains("ls ended with 7: no such host"))
        try world.drop("Local", workspace: try world.workspace("local"), goal: "sim: say hi")
        _ = try world.wait(for: 1, in: .done)
        // One that hangs, and leaves a child behind that has its output.
        try world.install("directory", text: "#!/bin/sh\nsleep 1000 &\nsleep 1000\n")
        try world.wait("the log says so") { world.daemon?.errorText.contains("it did not end within") == true }
        try world.install("directory")
        try world.put("A.md", "# A\n\nsim: say hi\n")
        try world.wait("it works again") { world.remoteNames("old") == ["A.md"] }
        #expect(try world.openloom(["doctor", "--config", config]).output.contains("0 files in in"))
    }
}
