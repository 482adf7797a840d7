import Curl
import JSON
import Spool
import SystemPackage

extension Bench {
    /// A spool that has seen much; paused, so that what waits goes on waiting.
    func measureManyTasks(_ found: (Measurement) -> Void) async throws {
        let (ended, waiting) = isQuick ? (1000, 100) : (10_000, 1000)
        let workspace = home.appending("work")
        try Workspace.make(workspace, isRepository: false, home: home)
        let spool = try SpoolDirectory(openingOrCreating: home.appending("spool"))
        try Disk.write("", to: spool.paths.pause)
        var last: TaskID?
        for number in 0..<(ended + waiting) {
            let state = number < ended ? TaskState.done : .new
            last = try Self.place(number, in: state, of: spool, workspace: workspace)
        }
        guard let last else { return }
        let agent = try AgentDouble()
        defer { agent.stop() }
        var announced: [Double] = []
        var ready: [Double] = []
        var atStart: [Double] = []
        let starts = isQuick ? 2 : 5
        for start in 1...starts {
            let daemon = try Daemon(self, agentPort: agent.port, workspace: workspace)
            let instant = try await daemon.waitUntilReady()
            announced.append((daemon.announced - daemon.process.started).milliseconds)
            ready.append((instant - daemon.process.started).milliseconds)
            atStart.append(try daemon.process.residentMemory())
            if start == starts {
                found(Measurement("start → address printed", .milliseconds, announced))
                found(Measurement("start → ready", .milliseconds, ready, aim: "≤ 1000"))
                found(Measurement("resident memory when ready", .mebibytes, atStart, aim: "< 40"))
                try await measureRequests(to: daemon, last: last, total: ended + waiting, found)
            }
            daemon.stop()
        }
    }

    private func measureRequests(
        to daemon: Daemon, last: TaskID, total: Int, _ found: (Measurement) -> Void
    ) async throws {
        let requests = [
            ("GET /api/tasks/{id}", "/api/tasks/\(last)", isQuick ? 50 : 200, nil),
            ("GET /api/tasks?limit=50", "/api/tasks?limit=50", isQuick ? 10 : 50, "≤ 20"),
            ("GET /api/tasks, all \(total)", "/api/tasks", isQuick ? 3 : 10, nil),
        ]
        for (name, path, count, aim) in requests {
            var times: [Double] = []
            for _ in 0..<count {
                let begun = ContinuousClock.now
                let answer = try await daemon.send("GET", path)
                times.append((ContinuousClock.now - begun).milliseconds)
                guard answer.status == 200 else { throw BenchFailure("\(name) answers with \(answer.status)") }
            }
            found(Measurement(name, .milliseconds, times, aim: aim))
            let memory = try daemon.process.residentMemory()
            found(Measurement("resident memory after", .mebibytes, [memory]))
        }
    }

    /// A task's directory as it looks in that state, written without syncing.
    private static func place(
        _ number: Int, in state: TaskState, of spool: SpoolDirectory, workspace: FilePath
    ) throws -> TaskID {
        // A second apart, so that their names sort as they were made.
        let created = Timestamp(seconds: 1_767_225_600 + number, nanoseconds: 0)
        let name = "Task \(number)"
        let id = TaskID.make(name: name, at: created)
        let task = spool.paths.task(id, in: state)
        let goal = "Say hello, number \(number)."
        let spec = TaskSpec(
            name: name, workspace: workspace, goal: goal, created: created,
            origin: TaskOrigin(.inbox, source: "task\(number).md")
        )
        try Disk.makeDirectory(task.directory)
        try Disk.write("# \(name)\n\n\(goal)\n", to: task.directory.appending("source.md"))
        try Disk.write(spec.json.pretty, to: task.spec)
        let line: JSONValue = ["seq": 1, "time": .string(created.iso8601), "event": "accepted"]
        try Disk.write(line.compact + "\n", to: task.log)
        guard state == .done else { return id }
        let result: JSONValue = [
            "id": .string(id.rawValue), "verdict": "unchanged", "ended": .string(created.iso8601),
        ]
        try Disk.write("ses_bench\(number)\n", to: task.session)
        try Disk.write(result.pretty, to: task.result)
        try Disk.write("unchanged\n", to: task.verdict)
        return id
    }
}
