import Crypto
import JSON
import Testing

@testable import WebhookSources

@Suite struct JSONPointerTests {
    private func value(_ pointer: String) -> JSONValue? {
        JSONPointer(pointer)?.value(in: ["a": ["b": [1, ["c": "x"]], "/": 2, "~": 3, "": 4], "n": nil])
    }

    @Test func pointer_findsWhatStandsThere() {
        #expect(value("/a/b/0") == 1)
        #expect(value("/a/b/1/c") == "x")
        #expect(value("/a/~1") == 2 && value("/a/~0") == 3 && value("/a/") == 4)
        #expect(value("/n") == .null)
        #expect(value("")?.object?.count == 2)
    }

    @Test(arguments: ["/a/b/2", "/a/b/00", "/a/b/-1", "/a/b/-", "/x", "/a/b/0/x"])
    func pointer_toNothing_isNil(pointer: String) { #expect(value(pointer) == nil) }

    @Test(arguments: ["a", "/~", "/~2"]) func otherTexts_areNoPointers(text: String) {
        #expect(JSONPointer(text) == nil)
    }
}

@Suite struct SourceVerificationTests {
    private let body = Array(#"{"action":"labeled"}"#.utf8)

    private func mac(_ key: String, _ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(key.utf8))))
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func fits(_ verification: SourceVerification, _ headers: [String: String], now: Double = 0) -> Bool {
        do {
            try verification.check(SourceRequest(headers: headers, body: body), now: now)
            return true
        } catch {
            #expect(error.code == .unauthorized)
            return false
        }
    }

    @Test func github_isCheckedOverTheBytes() {
        let verification = GitHubRules.verification(["old", "new"])
        for key in ["old", "new"] {
            #expect(fits(verification, ["X-Hub-Signature-256": "sha256=" + hex(mac(key, body))]))
        }
        #expect(!fits(verification, ["X-Hub-Signature-256": "sha256=" + hex(mac("other", body))]))
        #expect(!fits(verification, ["X-Hub-Signature-256": "sha256=" + hex(mac("new", body + [0x20]))]))
        for text in [
            "", "sha256=", "sha1=" + hex(mac("new", body)), "sha256=" + String(hex(mac("new", body)).dropLast()),
            "sha256=zz",
        ] {
            #expect(!fits(verification, ["X-Hub-Signature-256": text]), "\(text)")
        }
        #expect(!fits(verification, [:]))
    }

    /// The documented example of GitHub: secret "It's a Secret to Everybody", payload "Hello, World!".
    @Test func github_agreesWithItsDocumentation() throws {
        let verification = GitHubRules.verification(["It's a Secret to Everybody"])
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        try verification.check(
            SourceRequest(headers: ["X-Hub-Signature-256": signature], body: Array("Hello, World!".utf8)), now: 0)
    }

    @Test func token_isComparedWhole() {
        let verification = SourceVerification(scheme: .token, header: "X-Gitlab-Token", secrets: ["abc"])
        #expect(fits(verification, ["x-gitlab-token": "abc"]))
        #expect(!fits(verification, ["x-gitlab-token": "ab"]) && !fits(verification, ["x-gitlab-token": "abcd"]))
    }

    @Test func standardWebhooks_areCheckedWithTheirTime() {
        let verification = SourceVerification(scheme: .standardWebhooks, secrets: ["plain"])
        let signature = mac("plain", Array("id.1000.".utf8) + body)
        var text = "v1,AAAA v1,"
        text += base64(signature)
        let headers = ["webhook-id": "id", "webhook-timestamp": "1000", "webhook-signature": text]
        #expect(fits(verification, headers, now: 1000) && fits(verification, headers, now: 1299))
        #expect(!fits(verification, headers, now: 1301) && !fits(verification, headers, now: 600))
        var other = headers
        other["webhook-id"] = "other"
        #expect(!fits(verification, other, now: 1000))
        other["webhook-id"] = nil
        #expect(!fits(verification, other, now: 1000))
    }

    private func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 { text.append(index <= group.count ? digits[value >> (18 - 6 * index) & 63] : "=") }
        }
        return text
    }
}

@Suite struct WebhookSourceTests {
    private func source(_ text: String, secrets: [String] = ["s"]) throws -> WebhookSource {
        let object = try JSONValue(parsing: text).object ?? [:]
        return try WebhookSource(configuration: object, secrets: secrets)
    }

    private func task(
        _ source: WebhookSource, _ body: String, _ headers: [String: String] = [:]
    ) throws -> JSONObject {
        try source.task(
            from: SourceRequest(headers: headers, body: Array(body.utf8)), now: 0, isTrusted: true)
    }

    private func rejection(_ source: WebhookSource, _ body: String, _ headers: [String: String] = [:])
        -> SourceRejection?
    {
        do {
            _ = try task(source, body, headers)
            return nil
        } catch {
            return error as? SourceRejection
        }
    }

    // MARK: generic

    @Test func generic_isReadAs017DoesIt() throws {
        let body =
            #"{"message": "Do it", "title": "T", "cwd": "/x", "session_id": "ses_1", "event": "push", "metadata": {"a": 1}}"#
        let task = try task(.generic, body)
        #expect(task["goal"] == "Do it" && task["name"] == "T" && task["workspace"] == "/x")
        #expect(task["sessionId"] == "ses_1" && task["metadata"] == ["a": 1, "event": "push"])
        #expect(try self.task(.generic, #"{"goal": "g"}"#)["name"] == "Webhook task")
        #expect(task["permissions"] == nil)
    }

    @Test(arguments: ["", "[]", "{", "{}", #"{"goal": ""}"#, #"{"name": "x"}"#])
    func generic_withoutAGoal_isRejectedWithAReason(body: String) {
        #expect(rejection(.generic, body)?.code == .invalid)
    }

    // MARK: GitHub

    private let github = """
        {"name": "github", "workspaces": {"me/shop": "/srv/shop"}, "label": "openloom", "command": "/openloom",
         "failed_runs": true}
        """

    private func issue(_ label: String = "openloom", repository: String = "me/shop") -> String {
        """
        {"action": "labeled", "label": {"name": "\(label)"}, "repository": {"full_name": "\(repository)"},
         "issue": {"number": 7, "title": "Login <fails>", "body": "On & on", "html_url": "https://github.com/me/shop/issues/7"}}
        """
    }

    @Test func labelledIssue_becomesATask() throws {
        let headers = ["X-GitHub-Event": "issues", "X-GitHub-Delivery": "d-1"]
        let task = try task(try source(github), issue(), headers)
        #expect(task["name"] == "me/shop#7: Login <fails>")
        #expect(task["goal"]?.string?.hasPrefix("Login <fails>\n\nOn & on\n\n") == true)
        #expect(task["workspace"] == "/srv/shop" && task["key"] == "github:d-1" && task["permissions"] == "ask")
        #expect(task["metadata"] == ["github": "https://github.com/me/shop/issues/7"])
    }

    @Test func otherEvents_areIgnoredWithAReason() throws {
        let source = try source(github)
        for (body, event) in [
            (issue("bug"), "issues"), (issue(), "push"), (issue(repository: "me/other"), "issues"), ("{}", "ping"),
        ] {
            #expect(rejection(source, body, ["X-GitHub-Event": event])?.code == .ignored)
        }
    }

    @Test(arguments: [
        ("/openloom fix it", "OWNER", true), ("/openloom", "MEMBER", true), ("/openloom fix it", "NONE", false),
        ("/openloomy fix it", "OWNER", false), ("please /openloom", "OWNER", false),
    ])
    func comment_isACommand_ofThoseWhoMay(text: String, author: String, isTask: Bool) throws {
        let body = """
            {"action": "created", "repository": {"full_name": "me/shop"}, "issue": {"number": 7, "title": "T"},
             "comment": {"body": "\(text)", "author_association": "\(author)", "html_url": "u"}}
            """
        let made = try? task(try source(github), body, ["X-GitHub-Event": "issue_comment"])
        #expect((made != nil) == isTask)
        if isTask { #expect(made?["goal"]?.string?.hasPrefix(text) == true) }
    }

    @Test(arguments: [("failure", true), ("success", false), ("cancelled", false)])
    func failedRun_becomesATask(conclusion: String, isTask: Bool) throws {
        let body = """
            {"action": "completed", "repository": {"full_name": "me/shop"},
             "workflow_run": {"name": "CI", "conclusion": "\(conclusion)", "head_branch": "main", "head_sha": "abc"}}
            """
        let made = try? task(try source(github), body, ["X-GitHub-Event": "workflow_run"])
        #expect((made?["name"] == "me/shop: CI failed") == isTask)
    }

    // MARK: declared

    private let declared = """
        {"name": "tracker", "kind": "custom", "scheme": "token", "header": "X-Token", "key_header": "X-Id",
         "permissions": "deny",
         "rules": [{"when": {"/type": ["opened", "reopened"], "header X-Kind": "bug", "/labels": {"contains": "agent"},
                             "/spam": {"exists": false}},
                    "name": "{{title}}", "goal": "{{text}}{{#links}}\\n- {{.}}{{/links}}", "workspace": "/srv/{{project}}",
                    "metadata": {"priority": "{{priority}}"}}]}
        """

    @Test func declaredSource_fillsItsTemplates() throws {
        let body = """
            {"type": "reopened", "labels": ["agent"], "title": "A\\nB", "text": "x < y", "links": ["l1", "l2"],
             "project": "app", "priority": 3, "spam": null}
            """
        let source = try source(declared)
        let task = try task(source, body, ["x-kind": "bug", "x-id": "7"])
        #expect(task["name"] == "A B" && task["goal"] == "x < y\n- l1\n- l2")
        #expect(task["workspace"] == "/srv/app" && task["metadata"] == ["priority": "3"])
        #expect(task["key"] == "tracker:7" && task["permissions"] == "deny")
        #expect(rejection(source, body, ["x-kind": "idea"])?.code == .ignored)
        #expect(rejection(source, body.replacing("agent", with: "human"), ["x-kind": "bug"])?.code == .ignored)
        #expect(rejection(source, body.replacing("null", with: "true"), ["x-kind": "bug"])?.code == .ignored)
    }

    @Test func templatesOverStrangers_neverFail() throws {
        let source = try source(declared)
        for body in [
            #"{"type": "opened", "labels": ["agent"]}"#,
            #"{"type": "opened", "labels": ["agent"], "title": {"a": [1]}, "links": 7}"#,
        ] {
            _ = try task(source, body, ["x-kind": "bug"])
        }
    }

    static let faults: [(String, String)] = [
        (#"{"name": "Bad Name", "kind": "generic"}"#, "name"), (#"{"name": "outbox", "kind": "generic"}"#, "name"),
        (#"{"name": "x", "kind": "gitlab"}"#, "kind"), (#"{"name": "github"}"#, "label"),
        (#"{"name": "x", "kind": "custom"}"#, "scheme"),
        (#"{"name": "x", "kind": "custom", "scheme": "token"}"#, "header"),
        (#"{"name": "x", "kind": "custom", "scheme": "none"}"#, "rules"),
        (#"{"name": "x", "kind": "github", "lable": "a"}"#, "lable"),
        (#"{"name": "x", "kind": "custom", "scheme": "none", "rules": [{"name": "a"}]}"#, "goal"),
        (#"{"name": "x", "kind": "custom", "scheme": "none", "rules": [{"name": "{{a", "goal": "b"}]}"#, "Mustache"),
        (
            #"{"name": "x", "kind": "custom", "scheme": "none", "rules": [{"name": "a", "goal": "b", "when": {"a": 1}}]}"#,
            "pointer"
        ),
        (
            #"{"name": "x", "kind": "custom", "scheme": "none", "rules": [{"name": "a", "goal": "b", "when": {"/a": {"is": 1}}}]}"#,
            "exists"
        ),
    ]

    @Test(arguments: faults) func sourceThatCantBe_isSaidToBe(text: String, word: String) {
        do {
            _ = try source(text)
            Issue.record("it should not be: \(text)")
        } catch {
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test func sourceWithoutASecret_isRefused_whereOneIsNeeded() {
        #expect(throws: SourceFault.self) { try source(github, secrets: []) }
    }
}
