import Spool
import SystemPackage

extension Bench {
    /// All files dropped before the first is done, in eight workspaces, with the simulator as the agent.
    func measureBurst(_ found: (Measurement) -> Void) async throws {
        let count = isQuick ? 40 : 200
        let prompts = home.appending("prompts.jsonl")
        let agent = try Child(
            [program.string, "simulate", "--port", "0", "--think", "0", "--log", prompts.string], name: "simulate",
            home: home)
        let workspaces = (1...8).map { home.appending("work\($0)") }
        for workspace in workspaces { try Workspace.make(workspace, isRepository: false, home: home) }
        let daemon = try Daemon(self, agentPort: try agent.announcedPort(), workspace: workspaces[0])
        _ = try await daemon.waitUntilReady()
        let done = try Arrivals(in: daemon.spool.appending(TaskState.done.rawValue))
        let inbox = daemon.spool.appending("inbox")
        let begun = ContinuousClock.now
        for number in 0..<count {
            let workspace = workspaces[number % workspaces.count]
            let text = "---\nworkspace: \(workspace)\n---\n# Burst \(number)\n\nSay hello.\n"
            try Disk.write(text, to: inbox.appending("burst\(number).md"))
        }
        let dropped = ContinuousClock.now
        let ended = try await done.instant(ofCount: count)
        let sent = Disk.text(prompts)?.split(separator: "\n").count { $0.contains("\"event\":\"prompt\"") }
        guard sent == count else { throw BenchFailure("\(count) tasks and \(sent ?? 0) prompts") }
        let memory = try daemon.process.residentMemory()
        daemon.stop()
        agent.stop()
        found(Measurement("dropping \(count) files", .milliseconds, [(dropped - begun).milliseconds]))
        found(Measurement("first drop → all \(count) in done/", .seconds, [(ended - begun).seconds]))
        found(Measurement("tasks", .perSecond, [Double(count) / (ended - begun).seconds]))
        found(Measurement("resident memory after", .mebibytes, [memory]))
    }
}
