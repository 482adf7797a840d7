import Curl
import FoundationEssentials
import Glibc
import JSON
import SystemPackage

/// A real browser, headless Chromium, driven by W3C WebDriver over HTTP.
final class Browser {
    /// An element of the page, as WebDriver names it.
    struct Element {
        var id: String
    }

    /// What a page looks like to its reader.
    struct Screen: Sendable {
        var width = 1280
        var height = 860
        var isDark = false
        var isTouch: Bool { width < 600 }

        static let desk = Screen()
        static let phone = Screen(width: 360, height: 780)

        var description: String { "\(width) \(isDark ? "dark" : "light")" }
    }

    let world: World
    private let driver: Child
    private let base: String
    private var session = ""
    private var screen = Screen.desk

    /// Long enough for a loaded machine; nothing waits for it when all is well.
    private static let patience = 30_000

    /// Where screenshots go, if anybody wants them: `OPENLOOM_SCREENSHOTS`.
    private static let pictures = getenv("OPENLOOM_SCREENSHOTS").map { FilePath(String(cString: $0)) }

    /// A browser for as long as `body` runs. What went wrong in a page is thrown after it.
    static func with(
        _ world: World, _ screen: Screen = .desk, _ body: (Browser) async throws -> Void
    ) async throws {
        let browser = try Browser(world)
        do {
            try await browser.open(screen)
            try await body(browser)
            try await browser.expectNoProblems()
        } catch {
            let story = "\(error)\npage: \((try? await browser.text("body").suffix(1500)) ?? "none")"
            await browser.quit()
            throw Child.Failure(description: story)
        }
        await browser.quit()
    }

    private init(_ world: World) throws {
        self.world = world
        var environment = World.environment(world.root)
        environment["TMPDIR"] = world.root.string
        let name = "driver\(UInt32.random(in: 0 ... .max))"
        driver = try Child(
            "/usr/bin/chromedriver", ["--port=0"], environment: environment, directory: world.root, name: name)
        var port: Int?
        let started = driver
        let isUp = Eventually.blocking(within: World.patience) {
            let words = started.outputText.split(separator: "started successfully on port ")
            port = words.count == 2 ? Int(words[1].prefix { $0.isNumber }) : nil
            return port != nil
        }
        guard isUp, let port else {
            throw Child.Failure(description: "no chromedriver: \(driver.outputText)\(driver.errorText)")
        }
        base = "http://127.0.0.1:\(port)"
    }

    private func open(_ screen: Screen) async throws {
        let arguments: JSONValue = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
            "--force-device-scale-factor=1", "--disable-background-networking", "--no-first-run",
            .string("--user-data-dir=\(world.root)/browser\(UInt32.random(in: 0 ... .max))"),
        ]
        let made = try await ask(
            "POST", "/session",
            [
                "capabilities": [
                    "alwaysMatch": [
                        "goog:chromeOptions": ["args": arguments], "goog:loggingPrefs": ["browser": "ALL"],
                    ]
                ]
            ])
        guard let id = made["sessionId"]?.string else { throw Child.Failure(description: made.compact) }
        session = "/session/\(id)"
        try await show(on: screen)
    }

    private func quit() async { _ = try? await ask("DELETE", session, nil) }

    // MARK: the wire

    private func ask(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        var request = CurlRequest(
            method: method, url: base + path, timeout: .seconds(90), maximumBody: 64 << 20)
        if let body {
            request.headers = [(name: "Content-Type", value: "application/json")]
            request.body = Array(body.compact.utf8)
        }
        let answer = try await world.curl.send(request)
        let json = try JSONValue(parsing: answer.body)
        guard answer.status == 200 else {
            throw Child.Failure(description: "\(path): \(json["value"]?["message"]?.string?.prefix(400) ?? "")")
        }
        return json["value"] ?? .null
    }

    private func ask(_ path: String, _ body: JSONValue = [:]) async throws -> JSONValue {
        try await ask("POST", session + path, body)
    }

    /// A command of the browser's own protocol.
    @discardableResult
    func command(_ name: String, _ parameters: JSONObject) async throws -> JSONValue {
        try await ask("/goog/cdp/execute", ["cmd": .string(name), "params": .object(parameters)])
    }

    // MARK: what a person does

    func show(on screen: Screen) async throws {
        self.screen = screen
        try await command(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .int(screen.width), "height": .int(screen.height), "deviceScaleFactor": 1,
                "mobile": .bool(screen.isTouch),
            ])
        try await command(
            "Emulation.setEmulatedMedia",
            [
                "features": [
                    ["name": "prefers-color-scheme", "value": screen.isDark ? "dark" : "light"],
                    ["name": "prefers-reduced-motion", "value": "reduce"],
                ]
            ])
        try await command("Emulation.setTouchEmulationEnabled", ["enabled": .bool(screen.isTouch)])
    }

    /// Opens the dashboard at a place, `#/tasks`, anew, and waits until the stream of events is there.
    func visit(_ place: String = "#/") async throws {
        _ = try await ask("/url", ["url": "about:blank"])
        _ = try await ask("/url", ["url": .string("http://127.0.0.1:\(world.port)/\(place)")])
        try await wait("the page is live", "document.querySelector('.link.live, .link.held')")
    }

    /// Opens an address as it is.
    func go(to url: String) async throws { _ = try await ask("/url", ["url": .string(url)]) }

    func newTab() async throws -> String {
        let made = try await ask("/window/new", ["type": "tab"])
        let handle = made["handle"]?.string ?? ""
        try await tab(handle)
        // Each tab has a screen of its own.
        try await show(on: screen)
        return handle
    }

    func tab(_ handle: String) async throws { _ = try await ask("/window", ["handle": .string(handle)]) }

    func currentTab() async throws -> String { try await ask("GET", "\(session)/window", nil).string ?? "" }

    /// The value of an expression in the page.
    func evaluate(_ expression: String) async throws -> JSONValue {
        try await ask("/execute/sync", ["script": .string("return (\(expression))"), "args": []])
    }

    /// Runs statements in the page; their `return` is the value.
    func run(_ script: String) async throws -> JSONValue {
        try await ask("/execute/sync", ["script": .string(script), "args": []])
    }

    /// Waits until an expression is true in the page, and gives back what it is.
    @discardableResult
    func wait(_ what: String, _ expression: String) async throws -> JSONValue {
        _ = try await ask("/timeouts", ["script": .int(Self.patience + 10_000)])
        let script = """
            const done = arguments[arguments.length - 1], end = Date.now() + \(Self.patience);
            (function look() {
              let value = null;
              try { value = (\(expression)); } catch {}
              if (value) done(value instanceof Element ? true : value);
              else if (Date.now() > end) done(null);
              else setTimeout(look, 15);
            })();
            """
        let value = try await ask("/execute/async", ["script": .string(script), "args": []])
        if value == .null { throw Child.Failure(description: "\(what): it did not become so (\(expression))") }
        return value
    }

    /// An element by its selector, and by its words or its label if there are several.
    func element(_ selector: String, _ words: String? = nil) async throws -> Element {
        let literal = JSONValue(words).compact
        let expression = """
            [...document.querySelectorAll('\(selector)')].find((e) => \(literal) === null
              || e.textContent.trim() === \(literal) || e.getAttribute('aria-label') === \(literal))
            """
        try await wait("there is \(selector) \(words ?? "")", expression)
        let found = try await ask("/execute/sync", ["script": .string("return \(expression)"), "args": []])
        guard let id = found.object?.first(where: { _ in true })?.value.string else {
            throw Child.Failure(description: "no element \(selector) \(words ?? "")")
        }
        return Element(id: id)
    }

    /// A click where a person would: on what lies on top.
    func click(_ selector: String, _ words: String? = nil) async throws {
        for attempt in 0..<4 {
            do {
                let element = try await element(selector, words)
                _ = try await ask("/element/\(element.id)/click")
                return
            } catch {
                // It was drawn anew at this moment.
                if attempt == 3 || !"\(error)".contains("stale") { throw error }
            }
        }
    }

    func type(_ text: String, into selector: String) async throws {
        let element = try await element(selector)
        _ = try await ask("/element/\(element.id)/value", ["text": .string(text)])
    }

    /// Keys one after the other, whatever has the focus; with `holding` one held down meanwhile.
    func press(_ keys: [String], holding: String? = nil) async throws {
        var actions: [JSONValue] = holding.map { [["type": "keyDown", "value": .string($0)]] } ?? []
        for key in keys {
            actions += [["type": "keyDown", "value": .string(key)], ["type": "keyUp", "value": .string(key)]]
        }
        if let holding { actions.append(["type": "keyUp", "value": .string(holding)]) }
        _ = try await ask("/actions", ["actions": [["type": "key", "id": "keyboard", "actions": .array(actions)]]])
    }

    /// What the element shows.
    func text(_ selector: String) async throws -> String {
        try await evaluate("document.querySelector('\(selector)')?.innerText ?? ''").string ?? ""
    }

    func count(_ selector: String) async throws -> Int {
        try await evaluate("document.querySelectorAll('\(selector)').length").int ?? -1
    }

    // MARK: what is kept of it

    /// A picture of what is seen, if somebody wants it.
    func picture(_ name: String) async throws {
        guard let folder = Self.pictures else { return }
        let base64 = try await ask("GET", "\(session)/screenshot", nil).string ?? ""
        guard let data = Data(base64Encoded: base64) else { return }
        try Files.makeDirectory(folder)
        _ = FileManager.default.createFile(atPath: folder.appending("\(name).png").string, contents: data)
    }

    /// Throws what went wrong in the pages since it was asked last: errors, violations of the policy, failed requests.
    ///
    /// - Parameter isAway: Whether requests that fail are part of the test.
    func expectNoProblems(whileRequestsFail isAway: Bool = false) async throws {
        let entries = try await ask("/se/log", ["type": "browser"]).array ?? []
        let problems = entries.filter { entry in
            guard entry["level"]?.string == "SEVERE" else { return false }
            return !(isAway && entry["source"]?.string == "network")
        }
        if let first = problems.first { throw Child.Failure(description: first["message"]?.string ?? first.compact) }
    }
}
