import Curl
import FoundationEssentials
import Glibc
import JSON
import SystemPackage

/// A window of the suite's Chromium, as somebody has it who was never here before: nothing is kept of what others did.
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
    private let chromium: Chromium
    private var screen = Screen.desk
    private var tabs: [String] = []

    /// Long enough for a loaded machine; nothing waits for it when all is well.
    private static let patience = 30_000

    /// Where screenshots go, if anybody wants them: `OPENLOOM_SCREENSHOTS`.
    private static let pictures = getenv("OPENLOOM_SCREENSHOTS").map { FilePath(String(cString: $0)) }

    /// A window for as long as `body` runs. What went wrong in a page is thrown after it.
    static func with(
        _ world: World, _ screen: Screen = .desk, _ body: (Browser) async throws -> Void
    ) async throws {
        guard let chromium = Chromium.current else {
            throw Child.Failure(description: "a suite of browser tests has the trait .chromium")
        }
        let browser = Browser(world, chromium, screen)
        do {
            _ = try await browser.newTab("window")
            try await body(browser)
            try await browser.expectNoProblems()
        } catch {
            let story = "\(error)\npage: \((try? await browser.text("body").suffix(1500)) ?? "none")"
            await browser.close()
            throw Child.Failure(description: story)
        }
        await browser.close()
    }

    private init(_ world: World, _ chromium: Chromium, _ screen: Screen) {
        self.world = world
        self.chromium = chromium
        self.screen = screen
    }

    private func close() async {
        for tab in tabs {
            _ = try? await ask("POST", "/window", ["handle": .string(tab)])
            _ = try? await ask("DELETE", "/window", nil)
        }
        // One is always there, or the session would end.
        _ = try? await ask("POST", "/window", ["handle": .string(chromium.home)])
        _ = try? await ask("POST", "/se/log", ["type": "browser"])
    }

    private func ask(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        try await chromium.ask(method, chromium.session + path, body)
    }

    private func ask(_ path: String, _ body: JSONValue = [:]) async throws -> JSONValue {
        try await ask("POST", path, body)
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

    func newTab(_ kind: String = "tab") async throws -> String {
        let made = try await ask("/window/new", ["type": .string(kind)])
        let handle = made["handle"]?.string ?? ""
        tabs.append(handle)
        try await tab(handle)
        // Each tab has a screen of its own, and can be the one that somebody types into.
        try await show(on: screen)
        try await command("Emulation.setFocusEmulationEnabled", ["enabled": true])
        if tabs.count == 1 {
            // A daemon's port is its origin; another world may have had the same.
            let origin = "http://127.0.0.1:\(world.port)"
            try await command(
                "Storage.clearDataForOrigin", ["origin": .string(origin), "storageTypes": "all"])
            try await command("Network.clearBrowserCache", [:])
        }
        return handle
    }

    func tab(_ handle: String) async throws { _ = try await ask("/window", ["handle": .string(handle)]) }

    func currentTab() async throws -> String { try await ask("GET", "/window", nil).string ?? "" }

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
        let base64 = try await ask("GET", "/screenshot", nil).string ?? ""
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
