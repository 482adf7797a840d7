import Curl
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// Other services that have tasks made: over HTTP with the real daemon, and tried out without one.
@Suite(.timeLimit(.minutes(5))) struct IncomingWebhookOnceTests {
    private let body =
        #"{"action":"labeled","label":{"name":"openloom"},"repository":{"full_name":"me/shop"},"#
        + #""issue":{"number":7,"title":"Login fails","body":"sim: write login.txt x","html_url":"https://github.example/7"}}"#
    /// HMAC-SHA-256 of that body under the key `hunter2`, made with openssl.
    private let signature = "sha256=aa39987fa4ea1995d289e611b736cefc00d01acf850b4795622b9cbb232353b5"

    private func world(_ more: String = "") throws -> (World, FilePath) {
        let world = try World()
        let workspace = try world.workspace("shop")
        world.configuration = [
            """
            webhook_sources:
              - name: github
                secret: hunter2
                label: openloom
                permissions: allow
                workspaces: {me/shop: "\(workspace)"}
              - name: tracker
                kind: custom
                scheme: none
                rules:
                  - {when: {/kind: bug}, name: "{{title}}", goal: "sim: write {{title}}.txt x", workspace: "\(workspace)"}
            """, more,
        ]
        return (world, workspace)
    }

    private func post(
        _ world: World, _ source: String, _ body: String, _ headers: [(name: String, value: String)] = []
    ) async throws -> (status: Int, json: JSONValue) {
        let answer = try await world.curl.send(
            CurlRequest(
                method: "POST", url: "http://127.0.0.1:\(world.port)/api/webhooks/\(source)",
                headers: [("Content-Type", "application/json")] + headers, body: Array(body.utf8)))
        return (answer.status, (try? JSONValue(parsing: answer.body)) ?? .null)
    }

    @Test func signedIssue_becomesATask_once_alsoWhereOthersNeedAToken() async throws {
        let (world, _) = try self.world()
        let token = world.root.appending("token")
        try Files.write("0123456789abcdef0123456789abcdef\n", to: token)
        chmod(token.string, 0o600)
        try world.serve(["OPENLOOM_SERVER_TOKEN_FILE": token.string])
        let headers = [
            (name: "X-GitHub-Event", value: "issues"), (name: "X-GitHub-Delivery", value: "d-1"),
            (name: "X-Hub-Signature-256", value: signature),
        ]
        let first = try await post(world, "github", body, headers)
        #expect(first.status == 200 && first.json["ok"] == true && first.json["source"] == "github", "\(first.json)")
        let again = try await post(world, "github", body, headers)
        #expect(again.json["taskId"] == first.json["taskId"])
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(id == first.json["taskId"]?.string)
        #expect(Files.text(world.task(id, .done).appending("source.json")) == body)
        let task = Files.json(world.task(id, .done).appending("task.json"))
        #expect(task?["origin"] == ["kind": "webhook", "source": "github"])
        #expect(task?["name"] == "me/shop#7: Login fails")

        var forged = headers
        forged[2].value = String(signature.dropLast()) + (signature.hasSuffix("0") ? "1" : "0")
        #expect(try await post(world, "github", body, forged).status == 401)
        #expect(try await post(world, "github", body + " ", headers).status == 401)
        #expect(try await post(world, "tracker", #"{"kind": "bug"}"#).status == 401)
        #expect(try await post(world, "generic", #"{"goal": "x"}"#).status == 401)
        #expect(try await post(world, "nobody", "{}").status == 401)
        #expect(world.names(.new) + world.names(.running) == [])
    }

    @Test func sources_takeWhatFits_andSayWhyNot() async throws {
        let (world, workspace) = try self.world()
        try world.serve()
        let sources = try await world.api("GET", "/api/webhooks/sources").json["sources"]?.array ?? []
        #expect(sources.compactMap { $0["name"]?.string } == ["generic", "github", "tracker"])
        #expect(!sources.contains { $0.compact.contains("hunter2") })
        let made = try await post(world, "tracker", #"{"kind": "bug", "title": "first"}"#)
        #expect(made.status == 200 && made.json["name"] == "first")
        let other = try await post(world, "tracker", #"{"kind": "idea"}"#)
        #expect(other.status == 200 && other.json["action"] == "ignored" && other.json["reason"] != nil)
        #expect(try await post(world, "tracker", "{").status == 400)
        #expect(try await post(world, "nobody", "{}").status == 404)
        let generic = #"{"goal": "sim: write g.txt x", "workspace": "\#(workspace)"}"#
        #expect(try await post(world, "generic", generic).json["name"] == "Webhook task")
        #expect(try await post(world, "generic", #"{"goal": "x"}"#).status == 400)
        _ = try world.wait(for: 2, in: .done)
    }

    @Test func try_showsTheTask_withoutADaemon() throws {
        let (world, workspace) = try self.world()
        try world.serve()
        #expect(world.stopDaemon() == 0)
        let arguments = ["--config", world.root.appending("config.yaml").string]
        let file = world.root.appending("issue.json")
        try Files.write(body, to: file)
        let shown = try world.openloom(
            ["webhooks", "try", "github", file.string, "--header", "X-GitHub-Event: issues"] + arguments)
        let task = try JSONValue(parsing: shown.output)
        #expect(shown.code == 0 && task["workspace"] == .string(workspace.string))
        #expect(task["goal"]?.string?.contains("Login fails") == true)
        let ignored = try world.openloom(["webhooks", "try", "github", file.string] + arguments)
        #expect(ignored.code == 1 && ignored.errors.contains("no rule"))
        #expect(try world.openloom(["webhooks", "try", "nobody", file.string] + arguments).code == 2)
        #expect(world.names(.new) == [])
    }
}
