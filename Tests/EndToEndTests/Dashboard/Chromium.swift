import Curl
import JSON
import SystemPackage
import Testing

/// Headless Chromium, driven by W3C WebDriver over HTTP. One for a suite, as starting it takes longer than most tests.
final class Chromium: Sendable {
    /// That of the suite in which a test runs.
    @TaskLocal static var current: Chromium?

    /// The path below which all of its session is asked for.
    let session: String
    /// A window in which nothing is done.
    let home: String
    private let driver: Child
    private let base: String
    private let curl = CurlClient()
    private let root: FilePath

    static func start() async throws -> Chromium {
        let root = try Files.makeTemporaryDirectory("openloom-browser")
        do {
            var environment = World.environment(root)
            environment["TMPDIR"] = root.string
            let driver = try Child(
                "/usr/bin/chromedriver", ["--port=0"], environment: environment, directory: root, name: "driver")
            return try await Chromium(driver, root)
        } catch {
            try? Files.remove(root)
            throw error
        }
    }

    private init(_ driver: Child, _ root: FilePath) async throws {
        var port: Int?
        let isUp = Eventually.blocking(within: World.patience) {
            let words = driver.outputText.split(separator: "started successfully on port ")
            port = words.count == 2 ? Int(words[1].prefix { $0.isNumber }) : nil
            return port != nil
        }
        guard isUp, let port else {
            throw Child.Failure(description: "no chromedriver: \(driver.outputText)\(driver.errorText)")
        }
        self.driver = driver
        self.root = root
        base = "http://127.0.0.1:\(port)"
        let arguments: JSONValue = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
            "--force-device-scale-factor=1", "--disable-background-networking", "--no-first-run",
            .string("--user-data-dir=\(root)/profile"),
        ]
        let capabilities: JSONValue = [
            "alwaysMatch": [
                "goog:chromeOptions": ["args": arguments], "goog:loggingPrefs": ["browser": "ALL"],
            ]
        ]
        let made = try await Self.ask(curl, "POST", base + "/session", ["capabilities": capabilities])
        guard let id = made["sessionId"]?.string else { throw Child.Failure(description: made.compact) }
        session = "/session/\(id)"
        home = try await Self.ask(curl, "GET", "\(base)\(session)/window", nil).string ?? ""
    }

    func quit() async {
        _ = try? await ask("DELETE", session, nil)
        curl.close()
        driver.kill9()
        try? Files.remove(root)
    }

    func ask(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        try await Self.ask(curl, method, base + path, body)
    }

    private static func ask(
        _ curl: CurlClient, _ method: String, _ url: String, _ body: JSONValue?
    ) async throws -> JSONValue {
        var request = CurlRequest(method: method, url: url, timeout: .seconds(90), maximumBody: 64 << 20)
        if let body {
            request.headers = [(name: "Content-Type", value: "application/json")]
            request.body = Array(body.compact.utf8)
        }
        let answer = try await curl.send(request)
        let json = try JSONValue(parsing: answer.body)
        guard answer.status == 200 else {
            throw Child.Failure(description: "\(url): \(json["value"]?["message"]?.string?.prefix(400) ?? "")")
        }
        return json["value"] ?? .null
    }
}

/// A suite whose tests share one Chromium.
struct ChromiumTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let chromium = try await Chromium.start()
        do {
            try await Chromium.$current.withValue(chromium) { try await function() }
        } catch {
            await chromium.quit()
            throw error
        }
        await chromium.quit()
    }
}

extension Trait where Self == ChromiumTrait {
    static var chromium: Self { ChromiumTrait() }
}
