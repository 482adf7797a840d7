import Glibc
import JSON
import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationSecretTests {
    @Test func password_isTakenFromTheEnvironment_asItIs() throws {
        let configuration = try ConfigurationSandbox().load(.init(), ["OPENLOOM_OPENCODE_PASSWORD": " hunter2 "])
        #expect(configuration.opencode.password == Secret(" hunter2 "))
        #expect(configuration.entry("opencode.password")?.value == "set")
        #expect(configuration.origin(of: "opencode.password") == .environment("OPENLOOM_OPENCODE_PASSWORD"))
    }

    @Test func passwordInTheFile_isAnErrorThatSaysHow() throws {
        let sandbox = try ConfigurationSandbox("opencode:\n  password: hunter2\n")
        #expect(
            sandbox.complaint() == """
                the configuration has a problem:
                  HOME/.openloom/config.yaml:2: opencode.password: a password does not belong in this file: set \
                OPENLOOM_OPENCODE_PASSWORD, or write it into a file of mode 0600 and name that with \
                opencode.password_file
                """)
    }

    @Test func passwordFile_isRead_withoutItsLineBreak() throws {
        let sandbox = try ConfigurationSandbox("opencode:\n  password_file: password\n")
        let file = try sandbox.write(".openloom/password", "hunter2\n")
        let configuration = try sandbox.load()
        #expect(configuration.opencode.password == Secret("hunter2"))
        #expect(configuration.origin(of: "opencode.password") == .file(file, line: nil))
        #expect(
            try sandbox.load(.init(), ["OPENLOOM_OPENCODE_PASSWORD": "other"]).opencode.password == Secret("other"))
    }

    @Test(arguments: [
        (0o640 as mode_t, "hunter2", "can be read or changed by others; run: chmod 600 HOME/.openloom/password"),
        (0o604, "hunter2", "can be read or changed by others; run: chmod 600 HOME/.openloom/password"),
        (0o600, "\n", "is empty; write the secret into it"),
        (0o600, "a\nb", "should hold the secret in one line of text, and nothing else"),
        (0o600, String(repeating: "x", count: 5000), "has more than 4096 bytes"),
    ])
    func passwordFile_isChecked(mode: mode_t, text: String, message: String) throws {
        let sandbox = try ConfigurationSandbox("opencode:\n  password_file: password\n")
        try sandbox.write(".openloom/password", text, mode: mode)
        #expect(sandbox.complaints() == ["2: opencode.password_file: HOME/.openloom/password \(message)"])
    }

    @Test func passwordFile_mustBeThere() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(
            sandbox.complaints(["OPENLOOM_OPENCODE_PASSWORD_FILE": "~/password"]) == [
                "OPENLOOM_OPENCODE_PASSWORD_FILE: HOME/password is not there; write the secret into it, then "
                    + "chmod 600 HOME/password"
            ])
    }

    private static let secrets = """
        bus:
          webhook_secret: hunter2
        notify:
          webhook:
            - url: https://example.com/hunter2
              signing_secret: hunter2
              headers: {Authorization: Bearer hunter2, X-Plain: a}
        storage:
          kwargs: {api_key: hunter2, bucket: b}
        """

    @Test func secretInAnOpenFile_isAnErrorThatSaysHowToClose() throws {
        let sandbox = try ConfigurationSandbox(Self.secrets, mode: 0o644)
        let rest = "is a secret, and others can read this file; run: chmod 600 HOME/.openloom/config.yaml"
        #expect(
            sandbox.complaint() == """
                the configuration has 4 problems:
                  HOME/.openloom/config.yaml:2: bus.webhook_secret: \(rest)
                  HOME/.openloom/config.yaml:6: notify.webhook.1.signing_secret: \(rest)
                  HOME/.openloom/config.yaml:7: notify.webhook.1.headers.Authorization: \(rest)
                  HOME/.openloom/config.yaml:9: storage.kwargs.api_key: \(rest)
                """)
    }

    @Test func secretInAPrivateFile_isAccepted_andNeverShown() throws {
        let sandbox = try ConfigurationSandbox(Self.secrets)
        let configuration = try sandbox.load(
            .init(), ["OPENLOOM_OPENCODE_PASSWORD": "hunter2", "OPENLOOM_NOTIFY_WEBHOOK_SECRET": "hunter2"])
        #expect(configuration.webhooks.endpoints.first?.secrets == [Secret("hunter2")])
        #expect(configuration.opencode.password == Secret("hunter2"))

        #expect(!configuration.json.compact.contains("hunter2"))
        #expect(!configuration.report().contains { "\($0)".contains("hunter2") })
        #expect(!configuration.warnings.contains { $0.contains("hunter2") })
        var dumped = ""
        dump(configuration.opencode, to: &dumped)
        dump(configuration.webhooks.endpoints.map(\.secrets), to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect("\(configuration.opencode)".contains("set"))
        #expect(!"\(configuration.opencode) \(String(reflecting: configuration.opencode))".contains("hunter2"))
    }

    @Test func emptySecretInAnOpenFile_isNone() throws {
        let sandbox = try ConfigurationSandbox("bus:\n  webhook_url: \"\"\n  webhook_secret: \"\"\n", mode: 0o644)
        let configuration = try sandbox.load()
        #expect(configuration.webhooks.endpoints.isEmpty)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func conflictOfSecrets_showsNone() throws {
        let sandbox = try ConfigurationSandbox()
        let complaints = sandbox.complaints(["OPENLOOM_BUS_WEBHOOK_SECRET": "a\u{1}hunter2"])
        #expect(complaints == ["OPENLOOM_BUS_WEBHOOK_SECRET: should be a text of one line"])
    }
}
