import Console
import Daemon
import DaemonConfiguration
import Inotify
import JSON
import Logging
import OpenCodeSimulator
import Report
import Spool
import SystemPackage

/// The demonstration itself: the services that `serve` and `simulate` run, in one process, on ports of their own.
struct DemoRun: Sendable {
    let stage: DemoStage
    /// The dialect of the simulated server.
    let wire: Int
    let think: Duration
    let terminal: Terminal
    let logger: Logger

    /// Longest time for the three tasks; they need a few seconds.
    private static let patience = Duration.seconds(60)

    /// - Returns: Whether every task ended in `done/`.
    func run() async throws -> Bool {
        let (ports, portsReady) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let simulator = try OpenCodeSimulator(
                options: SimulatorOptions(port: 0, wire: wire, think: think), logger: logger)
            group.addTask { try await simulator.run { portsReady.yield($0) } }
            var ready = ports.makeAsyncIterator()
            guard let agentPort = await ready.next() else { return false }
            say("agent", "a simulated OpenCode server on http://127.0.0.1:\(agentPort); no language model is asked")

            let configuration = try configuration(agentPort: agentPort, password: simulator.password)
            let daemon = DaemonProcess(
                configuration: configuration, environment: GlobalOptions.environment, home: GlobalOptions.home,
                logger: logger
            ) { portsReady.yield($0) }
            group.addTask { try await daemon.run() }
            guard let port = await ready.next() else { return false }
            say("daemon", "REST on http://127.0.0.1:\(port), spool \(stage.spool)")
            terminal.print([""])

            let isDone = try await follow()
            try show()
            return isDone
        }
    }

    private func configuration(agentPort: Int, password: String?) throws -> Configuration {
        let text: JSONValue = [
            "spool": ["path": .string(stage.spool.string)],
            "opencode": ["url": .string("http://127.0.0.1:\(agentPort)")],
            "server": ["port": 0],
            "workspaces": ["cafe": .string(stage.workspace("cafe").string)],
        ]
        let file = stage.root.appending("config.yaml")
        try DurableFile.write(text.pretty, to: file)
        return try Configuration.load(
            flags: ConfigurationFlags(config: file.string),
            environment: password.map { ["OPENLOOM_OPENCODE_PASSWORD": $0] } ?? [:],
            home: stage.root
        )
    }

    private func say(_ what: String, _ text: String) {
        terminal.print([StyledText(what.padding(to: 9), .bold) + StyledText(text)])
    }

    // MARK: the tree while they move

    /// Drops the files, and prints each place where a task is seen.
    private func follow() async throws -> Bool {
        let spool = try SpoolDirectory(opening: stage.spool)
        let watcher = try SpoolWatcher(spool, source: .inotify)
        let hints = watcher.subscribe()
        let clock = ContinuousClock()
        let start = clock.now
        for (name, bytes) in stage.files {
            try stage.drop(name, bytes)
            say("dropped", "inbox/\(name)")
        }
        terminal.print([""])
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                hints.close()
            }
            defer { group.cancelAll() }
            var places: [TaskID: TaskState] = [:]
            for await _ in hints {
                for state in TaskState.allCases {
                    for id in try spool.list(state) where places[id] != state {
                        places[id] = state
                        tell(id, state, spool: spool, after: clock.now - start)
                    }
                }
                if places.count == stage.files.count, places.values.allSatisfy(\.isEnded) { break }
            }
            return places.count == stage.files.count && places.values.allSatisfy { $0 == .done }
        }
    }

    private func tell(_ id: TaskID, _ state: TaskState, spool: SpoolDirectory, after time: Duration) {
        let snapshot = try? spool.snapshot(id, in: state)
        let hundredths = Int((time / .milliseconds(10)).rounded())
        let seconds = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        let verdict = snapshot?.verdict.map { "  \($0.rawValue)" } ?? ""
        terminal.print([
            StyledText("\(seconds) s".padding(to: 9), .dim) + StyledText("\(state.rawValue)/".padding(to: 9), .bold)
                + StyledText(id.rawValue) + StyledText(verdict, .green)
        ])
    }

    // MARK: what is left

    private func show() throws {
        let spool = try SpoolDirectory(opening: stage.spool)
        terminal.print(["", StyledText("What the agent wrote, and the daemon found on disk:", .bold)])
        for id in try spool.list(.done) {
            let task = spool.paths.task(id, in: .done)
            let changes = try spool.readJSON(task.result)?["fact"]?["changes"]?.array ?? []
            for change in changes {
                let path = change["path"]?.string ?? ""
                let spec = try spool.readSpec(id, in: .done)
                let file = (spec?.workspace ?? "").appending(path)
                terminal.print(["", StyledText("  \(change["kind"]?.string ?? "") \(path)", .green)])
                let bytes = try spool.readFile(file, limit: 64 << 10) ?? []
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(8) {
                    terminal.print([StyledText("    \(SafeText.escaped(String(line)))")])
                }
            }
        }
        // The Markdown one, whichever of the three was taken first.
        let isMarkdown: (TaskID) -> Bool = {
            spool.exists(spool.paths.task($0, in: .done).directory.appending("source.md"))
        }
        guard let id = try spool.list(.done).first(where: isMarkdown) else { return }
        terminal.print(["", StyledText("One task's directory, done/\(id):", .bold)])
        for line in try tree(spool.paths.task(id, in: .done).directory, spool: spool, indent: 2) {
            terminal.print([StyledText(line)])
        }
    }

    private func tree(_ directory: FilePath, spool: SpoolDirectory, indent: Int) throws -> [String] {
        var lines: [String] = []
        for name in try spool.entries(of: directory) where !name.hasPrefix(".") {
            lines.append(String(repeating: " ", count: indent) + name)
            let inner = directory.appending(name)
            if indent < 6, let below = try? spool.entries(of: inner), !below.isEmpty {
                lines += try tree(inner, spool: spool, indent: indent + 2)
            }
        }
        return lines
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
