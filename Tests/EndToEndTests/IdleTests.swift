import Glibc
import Spool
import SystemPackage
import Testing

/// A daemon that has nothing to do sleeps, and lets the machine sleep.
@Suite(.timeLimit(.minutes(5))) struct IdleTests {
    /// A poll of any kind makes more: once a second on one thread are five of each call that it is made of. The heartbeat
    /// of the daemon and that of the server's stream come seldom enough to leave such a time free between them.
    private static let most = 20
    private static let time = Duration.seconds(5)

    @Test func idleDaemon_makesHardlyASystemCall() async throws {
        let world = try World(watch: "inotify")
        let trace = world.root.appending("trace")
        try world.serve(under: ["/usr/bin/strace", "-f", "-qq", "-o", trace.string])
        try await world.waitUntilReady()
        // What a task needed must be gone with it.
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        _ = try world.wait(for: 1, in: .done)
        /// A line for each call, and a second one for a call that another thread's came in between.
        func calls() -> Int { (Files.text(trace) ?? "").utf8.count { $0 == UInt8(ascii: "\n") } }
        #expect(calls() > 500, "its start is traced")
        var busiest: [Int] = []
        try world.wait("\(Self.time) with at most \(Self.most) calls; there were \(busiest)", within: .seconds(120)) {
            let before = calls()
            // Comes back early when there are too many.
            if !Eventually.blocking(within: Self.time, { calls() > before + Self.most }) { return true }
            busiest.append(calls() - before)
            return false
        }
    }
}
