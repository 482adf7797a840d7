import JSON
import Spool
import SystemPackage
import Testing

@testable import DaemonConfiguration

/// Endpoints of webhooks, with all that can be said of them.
@Suite struct ConfigurationWebhookTests {
    @Test func endpoint_hasAllItsMembers() throws {
        let sandbox = try ConfigurationSandbox(
            """
            bus: {webhook_url: "https://bus.example/", retry_schedule_s: [1, 0.5, 600], keep_days: 7, keep_count: 100}
            notify:
              webhook:
                - name: ci
                  url: https://ci.example/hook
                  events: [TASK_FAILED]
                  secret: [whsec_new, whsec_old]
                  headers: {X-From: openloom}
                  timeout_s: 0.5
                  max_retries: 0
                  format: ntfy
                  allow_private: true
                - url: https://ci.example/hook
            """)
        let webhooks = try sandbox.load().webhooks
        #expect(
            webhooks.endpoints == [
                ConfigurationWebhook(url: "https://bus.example/", name: ConfigurationWebhook.busName),
                ConfigurationWebhook(
                    url: "https://ci.example/hook", name: EndpointName("ci"), events: ["TASK_FAILED"],
                    timeout: .milliseconds(500), headers: ["X-From": "openloom"],
                    secrets: [Secret("whsec_new"), Secret("whsec_old")], maxRetries: 0, format: .ntfy,
                    allowsPrivate: true),
                ConfigurationWebhook(url: "https://ci.example/hook"),
            ])
        #expect(webhooks.retrySchedule == [1, 0.5, 600])
        #expect(webhooks.keepDays == 7 && webhooks.keepCount == 100)
        #expect(webhooks.endpoints[1].kinds == [.failed])
        #expect(webhooks.endpoints[2].kinds == [.created, .started, .updated, .completed, .failed])
        #expect(webhooks.endpoints[2].maxRetries == 9)
        #expect(!(try sandbox.load()).json.compact.contains("whsec_"))
    }

    @Test func secret_canLieInAFile() throws {
        let sandbox = try ConfigurationSandbox("notify: {webhook: [{url: https://a/, secret_file: hook.secret}]}")
        let path = ".openloom/hook.secret"
        try sandbox.write(path, "hunter2\n")
        let endpoint = try #require(try sandbox.load().webhooks.endpoints.first)
        #expect(endpoint.secrets == [Secret("hunter2")])
        try sandbox.write(path, "hunter2\n", mode: 0o644)
        #expect(sandbox.complaint().contains("notify.webhook.1.secret_file"))
        #expect(!sandbox.complaint().contains("hunter2"))
    }

    @Test(arguments: [
        ("[{url: https://a/, name: bus}]", "is not bus"), ("[{url: https://a/, name: task-x}]", "task-"),
        ("[{url: https://a/, name: a/b}]", "letters, digits"), ("[{url: https://a/, format: pigeon}]", "slack"),
        ("[{url: https://a/, allow_private: maybe}]", "true or false"),
        ("[{url: https://a/, secret: a, signing_secret: b}]", "keep one"),
        ("[{url: https://a/}, {url: https://a/}]", "a name of its own"),
        ("[{url: https://a/, name: x}, {url: https://b/, name: x}]", "the name x"),
        ("[{url: https://a/, secret: [[a]]}]", "one line"),
    ])
    func endpoint_thatCantBe_isSaidToBe(text: String, expected: String) throws {
        let complaint = try ConfigurationSandbox("notify: {webhook: \(text)}").complaint()
        #expect(complaint.contains(expected), "\(complaint)")
    }

    @Test(arguments: ["[]", "[0]", "[x]", "[999999999]", "{a: 1}"])
    func schedule_thatCantBe_isSaidToBe(text: String) throws {
        let complaint = try ConfigurationSandbox("bus: {retry_schedule_s: \(text)}").complaint()
        #expect(complaint.contains("retry_schedule_s"), "\(complaint)")
    }
}
