import FoundationEssentials
import Glibc
import LoopbackServer
import Spool
import SystemPackage
import Testing

@testable import DaemonConfiguration
@testable import Doctor

/// Checks of what the configuration names on this machine.
@Suite struct ConfiguredChecksTests {
    @Test func configuration_isShown_withEachWarning() async throws {
        let good = await ConfigurationCheck().examine(try DoctorWorld().scene)
        #expect(good.isGood)
        let world = try DoctorWorld("database: x")
        let findings = await ConfigurationCheck().examine(world.scene)
        #expect(findings.levels == [.warning] && findings[0].message.contains("has no meaning here"))
    }

    @Test func configurationThatCantBeUsed_isToldAsConfigTellsIt() throws {
        do {
            _ = try DoctorWorld("server: {port: many}\nharness: {max_running: 0}")
            Issue.record("it was taken")
        } catch let error as ConfigurationError {
            let findings = ConfigurationCheck.findings(error)
            #expect(findings.levels == [.problem, .problem, .skipped])
            #expect(findings[0].message.contains("server.port: should be"))
            #expect(findings.allSatisfy { $0.check == "configuration" })
        }
    }

    // MARK: workspaces

    @Test func workspaces_areThere_allowedAndWritable() throws {
        let good = try DoctorWorld("workspaces: {site: site, allow: [.]}")
        DoctorWorld.makeDirectory(good.home.appending("site"))
        #expect(WorkspacesCheck().look(good.scene).isGood, "\(WorkspacesCheck().look(good.scene).text)")
        #expect(WorkspacesCheck().look(try DoctorWorld().scene).isGood)

        let missing = try DoctorWorld("workspaces: {site: site}")
        let findings = WorkspacesCheck().look(missing.scene)
        #expect(findings.levels == [.problem])
        #expect(findings[0].mend == "mkdir -p \(missing.home)/site")

        let outside = try DoctorWorld("workspaces: {site: inside/site, allow: [inside, only-here]}")
        DoctorWorld.makeDirectory(outside.home.appending("inside"))
        DoctorWorld.makeDirectory(outside.home.appending("elsewhere"))
        // Lies in what is allowed by its name alone.
        symlink(outside.home.appending("elsewhere").string, outside.home.appending("inside/site").string)
        let refused = WorkspacesCheck().look(outside.scene)
        #expect(refused.levels == [.problem, .warning], "\(refused.text)")
        #expect(refused[0].message.hasPrefix("workspaces.site: "))
        #expect(refused[1].mend == "mkdir -p \(outside.home)/only-here")
    }

    // MARK: commands

    @Test func usersOfChecks_areUsersOfTheSystem() throws {
        let yaml = "checks: {tests: {run: \"true\", user: USER}, plain: {run: \"true\"}}"
        func look(_ user: String, as own: UInt32 = 0) throws -> [DoctorFinding] {
            var scene = try DoctorWorld(yaml.replacing("USER", with: user)).scene
            scene.user = own
            return CommandsCheck().look(scene)
        }
        #expect(try look("nobody").isGood)
        let unknown = try look("no-such-user-at-all")
        #expect(unknown.levels == [.problem] && unknown[0].message.hasPrefix("checks.tests: "))
        let powerless = try look("root", as: 4711)
        #expect(powerless.levels == [.problem] && powerless[0].message.contains("only a daemon of root"))
        #expect(CommandsCheck().look(try DoctorWorld().scene).isGood)
    }

    // MARK: results

    @Test func placesOfResults_areThere() throws {
        #expect(ResultsCheck().look(try DoctorWorld().scene).isGood)
        let world = try DoctorWorld("levels: {storage: {outbox: out}}")
        #expect(ResultsCheck().look(world.scene).levels == [.problem])
        DoctorWorld.makeDirectory(world.home.appending("out"))
        #expect(ResultsCheck().look(world.scene).isGood)
    }

    // MARK: sources

    @Test func sourceWithoutProof_isToldWhereOthersReachTheAPI() async throws {
        let source = "webhook_sources: [{name: ci, kind: generic}]"
        let here = await SourcesCheck().examine(try DoctorWorld(source).scene)
        #expect(here.isGood, "\(here.text)")
        let there = await SourcesCheck().examine(
            try DoctorWorld("server: {host: 0.0.0.0, token_file: tokens}\n\(source)").scene)
        #expect(there.levels == [.warning], "\(there.text)")
        #expect(await SourcesCheck().examine(try DoctorWorld().scene).isGood)
    }

    // MARK: opencode

    @Test func serverThatDoesNotAnswer_isAProblem_withTheCommandThatStartsOne() async throws {
        let scene = try DoctorWorld("opencode: {url: \"http://127.0.0.1:1\"}").scene
        let findings = await OpenCodeCheck().examine(scene)
        #expect(findings.levels == [.problem])
        #expect(findings[0].mend?.hasPrefix("opencode serve") == true)
        let stranger = try TestServer { connection in
            while connection.read() != nil { connection.respond(headers: ["Content-Type: text/html"], "<html>") }
        }
        let wrong = await OpenCodeCheck().examine(
            try DoctorWorld("opencode: {url: \"http://127.0.0.1:\(stranger.port)\"}").scene)
        #expect(wrong.levels == [.problem] && wrong[0].message.contains("is a web page"), "\(wrong.text)")
    }

    @Test func program_isFound_orNotNeeded() async throws {
        let world = try DoctorWorld("opencode: {url: \"http://127.0.0.1:1\", command: my-agent}")
        #expect(await ProgramCheck().examine(world.scene).levels == [.problem])
        try DoctorWorld.write("#!/bin/sh\n", to: world.home.appending(".local/bin/my-agent"), mode: 0o700)
        let found = await ProgramCheck().examine(world.scene)
        #expect(found.isGood && found[0].message.contains("\(world.home)/.local/bin/my-agent"))
    }

    // MARK: port

    @Test func port_isFree_orAStrangersOrInvalid() async throws {
        let free = await PortCheck().examine(try DoctorWorld("server: {port: 0}").scene)
        #expect(free.isGood)
        let stranger = try TestServer { connection in
            while connection.read() != nil { connection.respond("404 Not Found", "no") }
        }
        let taken = await PortCheck().examine(try DoctorWorld("server: {port: \(stranger.port)}").scene)
        #expect(taken.levels == [.problem], "\(taken.text)")
        #expect(taken[0].message.contains("something else has 127.0.0.1:\(stranger.port): its answer has status 404"))
        #expect(taken[0].mend?.contains("ss -ltnp sport = :\(stranger.port)") == true)
        #expect(Listening.tryToBind("192.0.2.1", 1) == .failed(.addressNotAvailable))
        #expect(Listening.tryToBind("no-such-host.invalid", 1) == .unknownHost)
        #expect(Listening.tryToBind("127.0.0.1", 0) == .free)
    }

    @Test func hostThatOthersReach_isAWarning() async throws {
        let world = try DoctorWorld("server: {host: 0.0.0.0, port: 0, token_file: tokens}")
        let findings = await PortCheck().examine(world.scene)
        #expect(findings.levels == [.warning, .good])
        #expect(findings[0].message.contains("nothing is encrypted"))
    }

    @Test func socket_hasADirectory_andNothingElseInItsPlace() async throws {
        let world = try DoctorWorld("server: {port: 0, socket: run/openloom.sock}")
        let missing = await PortCheck().examine(world.scene)
        #expect(missing.levels == [.problem, .good] && missing[0].mend == "mkdir -p \(world.home)/run")
        DoctorWorld.makeDirectory(world.home.appending("run"))
        #expect(await PortCheck().examine(world.scene).isGood)
        try DoctorWorld.write("mine", to: world.home.appending("run/openloom.sock"))
        #expect(await PortCheck().examine(world.scene).levels == [.problem, .good])
    }
}
