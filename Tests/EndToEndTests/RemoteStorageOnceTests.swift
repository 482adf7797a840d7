import JSON
import Spool
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
}
