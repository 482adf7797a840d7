import Glibc
import JSON
import Spool
import StorageServers
import SystemPackage
import Testing

/// Task files in storage that openloom reaches without a program, by the built program.
@Suite(.timeLimit(.minutes(5))) struct RemoteStorageOnceTests {
    @Test func fileInADirectory_becomesATask_andComesBackAsAResult() throws {
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "file://\(world.remote)")
        try Files.makeDirectory(world.remote.appending("in"))
        try world.serve()
        try world.put("Trip.md", "# Trip\n\nsim: write trip.txt x\n")
        try world.wait("the source is in the archive") { world.remoteNames("old") == ["Trip.md"] }
        #expect(world.remoteNames("out") == ["Trip.result.md"] && world.remoteNames("in") == [])
        #expect(world.remoteText("out/Trip.result.md").hasPrefix("# Trip\n\n**changed"))
        #expect(world.prompts.count == 1)
        let doctor = try world.openloom(["doctor", "--config", world.root.appending("config.yaml").string]).output
        #expect(doctor.contains("file://\(world.remote): 0 files in in"))
    }

    /// As a mount point looks like while nothing is mounted there.
    @Test func result_waits_whileTheInboxIsNotThere() throws {
        let world = try World(simulator: ["--allow-run"], configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "file://\(world.remote)")
        let (inbox, aside) = (world.remote.appending("in"), world.remote.appending("aside"))
        try Files.makeDirectory(inbox)
        try world.serve()
        try world.put("Trip.md", "# Trip\n\nsim: run until [ -e ../go ]; do sleep 0.05; done\n")
        _ = try world.wait(for: 1, in: .running)
        try world.wait("the status is there") { world.remoteNames("out") == ["Trip.status.md"] }
        #expect(try world.shell("mv '\(inbox)' '\(aside)'; touch '\(world.root)/workspaces/go'").code == 0)
        _ = try world.wait(for: 1, in: .done)
        try world.wait("the log says so") {
            world.daemon?.errorText.contains("nothing is put back until it is") == true
        }
        #expect(world.remoteNames("out") == ["Trip.status.md"] && world.remoteNames("old") == [])
        #expect(try world.shell("mv '\(aside)' '\(inbox)'").code == 0)
        try world.wait("the source is in the archive") { world.remoteNames("old") == ["Trip.md"] }
        #expect(world.remoteNames("out") == ["Trip.result.md"] && world.prompts.count == 1)
    }

    static let points: [CrashPoint] = [
        .remoteClaimed, .remoteClaimStands, .remoteNoted, .remoteSubmitted, .remoteRecorded, .archiveMoved,
        .resultSettled,
        .remoteClaimReleased,
    ]

    /// Two daemons with spools of their own look at one inbox, and one of them is killed.
    @Test(arguments: points)
    func killedDaemon_leavesOneTask_besideAnotherOnTheSameInbox(at point: CrashPoint) throws {
        let worlds = try (0..<2).map { _ in try World(configuration: ["inbox: {settle_s: 0.01}"]) }
        let share = worlds[0].remote
        for world in worlds { try world.use(storage: "file://\(share)") }
        try Files.makeDirectory(share.appending("in"))
        try worlds[0].serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try worlds[0].put("Once.md", "# Once\n\nsim: write once.txt x\n")
        #expect(worlds[0].daemon?.waitForExit(within: World.patience) == 137, "\(worlds[0].story)")
        try worlds[1].serve()
        try worlds[1].put("Other.md", "# Other\n\nsim: write other.txt x\n", in: share)
        try worlds[0].serve()
        try worlds[0].wait("both are put away") {
            worlds[0].remoteNames("old") == ["Once.md", "Other.md"]
                && worlds[0].remoteNames("in/.openloom-claims") == []
        }
        #expect(worlds[0].remoteNames("out") == ["Once.result.md", "Other.result.md"])
        #expect(worlds.map { $0.names(.done).count }.reduce(0, +) == 2)
        #expect(worlds.allSatisfy { $0.names(.new) + $0.names(.running) + $0.names(.failed) == [] })
        #expect(worlds.map(\.prompts.count).reduce(0, +) == 2)
    }

    @Test func twoDaemons_onOneFolderOfWebDAV_takeEachFileOnce() throws {
        let server = try StorageServer("http-server.py", ["apache"])
        let worlds = try (0..<2).map { _ in try World(configuration: ["inbox: {settle_s: 0.01}"]) }
        for world in worlds {
            try Files.write("pass word\n", to: world.root.appending("password"))
            chmod(world.root.appending("password").string, 0o600)
            try world.use(
                storage: "dav://127.0.0.1:\(server.port)/dav", ", user: me, password_file: \(world.root)/password")
        }
        let made = try worlds[0].shell(
            """
            set -e; cd '\(worlds[0].root)'
            curl -sSf -u 'me:pass word' -X MKCOL http://127.0.0.1:\(server.port)/dav/in
            for n in 0 1 2 3 4 5 6 7; do
                printf '# %s\\n\\nsim: write %s.txt x\\n' $n $n >$n.md
                curl -sSf -u 'me:pass word' -T $n.md http://127.0.0.1:\(server.port)/dav/in/$n.md
            done
            """)
        #expect(made.code == 0, "\(made.errors)")
        for world in worlds { try world.serve() }
        let root = FilePath(server.facts["root"] ?? "/nowhere")
        let names = (0..<8).map { "\($0).md" }
        try worlds[0].wait("all are put away, and no claim is left") {
            Files.names(root.appending("old")) == names && Files.names(root.appending("in/.openloom-claims")) == []
        }
        #expect(Files.names(root.appending("out")) == (0..<8).map { "\($0).result.md" })
        #expect(worlds.map { $0.names(.done).count }.reduce(0, +) == names.count)
        #expect(worlds.map(\.prompts.count).reduce(0, +) == names.count)
    }

    @Test func wordDocument_inAFolderOfWebDAV_comesBackAsAWordDocument() throws {
        let server = try StorageServer("http-server.py", ["apache"])
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try Files.write("pass word\n", to: world.root.appending("password"))
        chmod(world.root.appending("password").string, 0o600)
        let url = "http://127.0.0.1:\(server.port)/dav"
        try world.use(
            storage: "dav://127.0.0.1:\(server.port)/dav", ", user: me, password_file: \(world.root)/password")
        let made = try world.shell(
            """
            set -e; cd '\(world.root)'
            /usr/bin/python3 -c 'import docx; d = docx.Document(); d.add_heading("Trip")
            d.add_paragraph("sim: write trip.txt x"); d.save("trip.docx")'
            curl -sSf -u 'me:pass word' -X MKCOL \(url)/in
            curl -sSf -u 'me:pass word' -T trip.docx '\(url)/in/My%20Trip.docx'
            """)
        #expect(made.code == 0, "\(made.errors)")
        try world.serve()
        let root = FilePath(server.facts["root"] ?? "/nowhere")
        try world.wait("the source is in the archive") {
            Files.exists(root.appending("old/My Trip.docx")) && Files.names(root.appending("in/.openloom-claims")) == []
        }
        let read = try world.shell(
            """
            set -e; cd '\(world.root)'
            curl -sSf -u 'me:pass word' -o result.docx '\(url)/out/My%20Trip.result.docx'
            /usr/bin/python3 -c 'import docx; d = docx.Document("result.docx"); print(d.paragraphs[0].text)
            print([c.text for t in d.tables for r in t.rows for c in r.cells])'
            """)
        #expect(read.code == 0, "\(read.errors)")
        #expect(read.output.hasPrefix("Trip\n") && read.output.contains("'trip.txt', 'added'"))
        #expect(Files.names(root.appending("out")) == ["My Trip.result.docx"])
        #expect(world.names(.done).count == 1 && world.prompts.count == 1)
        let config = world.root.appending("config.yaml").string
        let doctor = try world.openloom(["doctor", "--config", config]).output
        #expect(doctor.contains("dav://127.0.0.1:\(server.port)/dav: 0 files in in"))
        let shown = try world.openloom(["config", "--config", config]).output
        for text in [doctor, shown, world.daemon?.errorText ?? ""] { #expect(!text.contains("pass word")) }
    }

    @Test func passwordThatIsNotThere_isSaid_andCostsNobodyElseAnything() throws {
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "davs://127.0.0.1:9/dav", ", user: me, password_env: NO_SUCH_PASSWORD")
        try world.serve()
        try world.wait("the log says so") {
            world.daemon?.errorText.contains("the daemon's environment has no NO_SUCH_PASSWORD") == true
        }
        try world.drop("Local", workspace: try world.workspace("local"), goal: "sim: say hi")
        _ = try world.wait(for: 1, in: .done)
    }

    @Test func indexOfAnHTTPServer_isRead_andEachFileIsTakenOnce() throws {
        let server = try StorageServer("http-server.py", ["python"])
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        world.configuration.append(
            "connectors: {web: {url: \"http://127.0.0.1:\(server.port)/\", inbox: in, poll_interval_s: 0.1, "
                + "workspace: \(try world.workspace())}}")
        let root = FilePath(server.facts["root"] ?? "/nowhere")
        try Files.makeDirectory(root.appending("in"))
        try Files.write("# A\n\nsim: write a.txt x\n", to: root.appending("in/A.md"))
        try world.serve()
        _ = try world.wait(for: 1, in: .done)
        try Files.write("# B\n\nsim: write b.txt x\n", to: root.appending("in/B.md"))
        _ = try world.wait(for: 2, in: .done)
        #expect(world.prompts.count == 2 && Files.names(root.appending("in")) == ["A.md", "B.md"])
    }
}
