import Glibc
import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// The receivers in `contrib/webhook-receivers`, told by a real daemon.
@Suite(.timeLimit(.minutes(5))) struct WebhookReceiverScriptOnceTests {
    private static let folder = LayoutDocument.checkout.appending("contrib/webhook-receivers")
    private static let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

    /// A world whose daemon tells two endpoints at one address: the second signs with another secret.
    private func world(_ url: (World) throws -> String) throws -> World {
        let world = try World()
        let address = try url(world)
        world.configuration.append(
            """
            bus: {retry_schedule_s: [0.1]}
            notify:
              webhook:
                - {name: right, url: "\(address)", secret: "\(Self.secret)", max_retries: 20, timeout_s: 20}
                - {name: wrong, url: "\(address)", secret: "another", max_retries: 0, timeout_s: 20}
            """)
        try world.serve()
        return world
    }

    /// Has a task done, and waits until both endpoints' deliveries have come to their ends.
    private func tell(_ world: World) throws {
        try world.drop("Told", workspace: try world.workspace(), goal: "sim: write a.txt a")
        let outbox = world.spool.appending("outbox")
        try world.wait("all is told") {
            Files.names(outbox.appending("right/done")).count == 3
                && Files.names(outbox.appending("wrong/failed")).count == 3
        }
        #expect(Files.names(outbox.appending("right/new")).isEmpty)
        for attempts in Files.names(outbox.appending("wrong/attempts")) {
            let line = Files.text(outbox.appending("wrong/attempts").appending(attempts)) ?? ""
            #expect(line.contains("\"status\":401") && line.contains("no signature fits"), "\(line)")
        }
        // What was taken once is not taken again.
        _ = try world.shell("mv outbox/right/done/* outbox/right/new/")
        try world.wait("all is told again") { Files.names(outbox.appending("right/done")).count == 3 }
        let last = Files.names(outbox.appending("right/attempts")).last ?? ""
        try world.wait("it is noted") {
            (Files.text(outbox.appending("right/attempts").appending(last)) ?? "").contains("taken before")
        }
    }

    private static let told = ["TASK_CREATED", "TASK_STARTED", "TASK_COMPLETED"]

    @Test(arguments: ["python3 receiver.py", "node receiver.mjs"])
    func program_takesWhatIsSigned_once(command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        var receiver: Child?
        let world = try self.world { world in
            let environment = World.environment(world.root).merging(["WEBHOOK_SECRET": Self.secret]) { $1 }
            let child = try Child(
                "/usr/bin/env", [words[0], Self.folder.appending(words[1]).string, "0"], environment: environment,
                directory: world.root, name: "receiver")
            receiver = child
            var port: Substring?
            try world.wait("it listens") {
                port = child.outputText.split(separator: "\n").first?.split(separator: " ").last
                return child.outputText.contains("\n")
            }
            return "http://127.0.0.1:\(port ?? "0")/"
        }
        try tell(world)
        let lines = (receiver?.outputText ?? "").split(separator: "\n").dropFirst()
        #expect(lines.map { $0.split(separator: " ")[1] } == Self.told.map { $0[...] }, "\(receiver?.errorText ?? "")")
    }

    @Test func script_takesWhatIsSigned_once() throws {
        let place = try World()
        let events = place.root.appending("events.jsonl")
        try Files.write(Self.secret + "\n", to: place.root.appending("secret"))
        try Files.write("#!/bin/sh\ncat >>'\(events)'\necho >>'\(events)'\n", to: place.root.appending("on-event"))
        chmod(place.root.appending("on-event").string, 0o700)
        let environment = World.environment(place.root).merging([
            "WEBHOOK_SECRET_FILE": place.root.appending("secret").string, "STATE": place.root.appending("state").string,
        ]) { $1 }
        let root = place.root
        // What socat or systemd does: a process for each connection.
        let server = try TestServer { connection in
            guard let request = connection.read() else { return }
            let input = root.appending("request\(connection.index)")
            let head = ([request.line] + request.headers + ["", ""]).joined(separator: "\r\n")
            try? Files.write(head + String(decoding: request.body, as: UTF8.self), to: input)
            let script = try? Child(
                "/bin/sh", [Self.folder.appending("receiver.sh").string, root.appending("on-event").string],
                environment: environment, directory: root, name: "script\(connection.index)", input: input)
            _ = script?.waitForExit(within: World.patience)
            connection.write(script?.outputText ?? "")
        }
        let world = try self.world { _ in server.url() }
        try tell(world)
        let lines = (Files.text(events) ?? "").split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
        #expect(lines.compactMap { $0["event"]?.string } == Self.told)
        for name in Files.names(root) where name.hasSuffix(".err") && name.hasPrefix("script") {
            #expect(Files.text(root.appending(name)) == "", "\(name)")
        }
    }
}
