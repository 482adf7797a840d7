import JSON
import Spool
import SystemPackage
import Testing

/// A server that asks for a name and a password, on the wire where that is seldom.
@Suite(.timeLimit(.minutes(5))) struct AuthenticationOnceTests {
    /// `OPENLOOM_OPENCODE_…` goes before OpenCode's own variable, which is set too and has another password.
    @Test func nameAndPassword_ofTheEnvironment_reachTheServer() async throws {
        let world = try World(wire: 1)
        let hers = ["OPENLOOM_OPENCODE_USERNAME": "alice", "OPENLOOM_OPENCODE_PASSWORD": "her own"]
        let guarded = try Child(
            BuiltProgram.path, ["simulate", "--wire", "1", "--port", "0", "--think", "0"],
            environment: World.environment(world.root).merging(hers) { $1 }, directory: world.root, name: "guarded")
        let url = "http://127.0.0.1:\(try World.port(of: guarded, in: world.root))"

        try world.serve(hers.merging(["OPENLOOM_OPENCODE_USERNAME": "opencode"]) { $1 }, opencode: "{url: \"\(url)\"}")
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        var message = ""
        for _ in 0..<1000 where !message.contains("wrong password") {
            message = try await world.api("GET", "/readyz").json["details"]?["opencode"]?["message"]?.string ?? ""
        }
        #expect(message.contains("OPENLOOM_OPENCODE_USERNAME"), "\(message)")
        #expect(world.stopDaemon() == 0)

        try world.serve(hers, opencode: "{url: \"\(url)\"}")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        for name in Files.names(world.task(id, .done)) {
            #expect(Files.text(world.task(id, .done).appending(name))?.contains("her own") != true, "\(name)")
        }
        #expect(world.daemon?.errorText.contains("her own") == false)
    }
}
