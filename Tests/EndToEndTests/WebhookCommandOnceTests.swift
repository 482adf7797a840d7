import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// `openloom webhooks`, with and without a daemon, and what REST says of the outbox.
@Suite(.timeLimit(.minutes(5))) struct WebhookCommandOnceTests {
    private func configuration(_ receiver: WebhookReceiver) -> [String] {
        [
            """
            notify:
              webhook:
                - {name: here, url: "\(receiver.url)", secret: hunter2, max_retries: 0}
                - {name: other, url: "\(receiver.url)?token=hunter3", events: [TASK_FAILED], format: slack}
            """
        ]
    }

    @Test func commands_showTheOutbox_withoutADaemonToo() async throws {
        let receiver = try WebhookReceiver { connection, _ in connection.respond("400 No", "not\tlike this") }
        let world = try World(configuration: configuration(receiver))
        try world.serve()
        try Files.write("", to: world.spool.appending("pause"))
        let workspace = try world.workspace()
        try world.drop("Told", workspace: workspace, goal: "sim: write a.txt a")
        let outbox = world.spool.appending("outbox/here")
        try world.wait("it was given up") {
            Files.names(outbox.appending("failed")).count == 1 && !Files.names(outbox.appending("attempts")).isEmpty
        }
        let shown = try await world.api("GET", "/api/webhooks/outbox/here?state=failed")
        #expect(shown.status == 200 && shown.json["deliveries"]?[0]?["number"] == 1)
        let document = try await world.api("GET", "/api/webhooks/outbox/here/1")
        #expect(document.json["attempts"]?[0]?["status"] == 400)
        #expect(document.json["delivery"]?["body"]?["event"] == "TASK_CREATED")
        for path in ["nobody", "her", "here/2", "here/x", "here/0"] {
            #expect(try await world.api("GET", "/api/webhooks/outbox/\(path)").status == 404, "\(path)")
        }
        for query in ["state=gone", "limit=0", "limit=x"] {
            #expect(try await world.api("GET", "/api/webhooks/outbox/here?\(query)").status == 400, "\(query)")
        }
        #expect(try await world.api("POST", "/api/webhooks/outbox/here/2/retry").status == 404)
        #expect(world.stopDaemon() == 0)

        let list = try world.openloom(["webhooks", "ls"])
        #expect(list.code == 0 && list.output.contains("here") && list.output.contains("other"))
        let json = try JSONValue(parsing: try world.openloom(["webhooks", "ls", "--json"]).output)
        let here = json["endpoints"]?.array?.first { $0["name"] == "here" }
        #expect(here?["failed"] == 1 && here?["new"] == 0 && here?["signed"] == true)
        let page = try world.openloom(["webhooks", "show", "here", "1"]).output
        #expect(page.contains("400") && page.contains("not like this") && page.contains("TASK_CREATED"))
        #expect(try world.openloom(["webhooks", "show", "he"]).output.contains("answered 400"))
        #expect(try world.openloom(["webhooks", "show", "nobody"]).code == 2)
        #expect(try world.openloom(["webhooks", "show", "here", "2"]).code == 2)
        for output in [list.output, json.compact, page] { #expect(!output.contains("hunter")) }
        let tree = try world.shell("grep -r hunter . ; true").output
        #expect(tree.isEmpty, "no secret is in the spool: \(tree)")
    }

    @Test func test_sendsOneWebhook_andSaysWhatItAnswers() throws {
        let receiver = try WebhookReceiver { connection, count in
            connection.respond(count == 1 ? "200 OK" : "503 Busy", "hello")
        }
        let world = try World(configuration: configuration(receiver))
        try world.serve()
        #expect(world.stopDaemon() == 0)
        let arguments = ["--config", world.root.appending("config.yaml").string]
        let first = try world.openloom(["webhooks", "test", "here"] + arguments)
        #expect(first.code == 0 && first.output.contains("answered 200"), "\(first.errors)")
        let second = try world.openloom(["webhooks", "test", "other", "--json"] + arguments)
        let json = try JSONValue(parsing: second.output)
        #expect(second.code == 1 && json["status"] == 503 && json["answer"] == "hello")
        #expect(try world.openloom(["webhooks", "test", "nobody"] + arguments).code == 2)
        let refused = try world.openloom(["webhooks", "test", "http://169.254.169.254/"] + arguments)
        #expect(refused.code == 1 && refused.output.contains("link-local"))
        #expect(receiver.calls.map(\.event) == ["TASK_COMPLETED", "TASK_FAILED"])
        #expect(receiver.calls.first?.task == "webhook-test")
    }
}
