import Console
import DaemonConfiguration

/// What the system lets one process have: open files, and memory.
struct LimitsCheck: BlockingCheck {
    let name = "limits"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        // A daemon has its own limits, from its unit; without one, those of this shell will be the daemon's.
        let process = scene.daemonHere.map { "\($0.pid)" } ?? "self"
        let files = scene.kernelText("\(process)/limits").flatMap { text in
            text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
                .flatMap { line in line.split(separator: " ").compactMap { Int($0) }.first }
        }
        let available = scene.kernelText("meminfo").flatMap { text in
            text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
                .flatMap { line in line.split { !$0.isNumber }.first.flatMap { Int($0) } }
        }
        return judge(
            files: files, running: scene.configuration.harness.maxRunning,
            memory: available.map { $0 << 10 })
    }

    /// What a daemon has open without tasks and clients: logs, locks, watchers, the journal, sixteen blocking threads.
    static let basicFiles = 64
    /// A running task's log, its checks' pipes, its walk through a workspace.
    static let filesOfTask = 16
    /// Event streams that a few people with a few browser tabs hold open.
    static let leastStreams = 64
    static let leastMemory = 128 << 20

    /// - Parameters:
    ///   - files: The soft limit on open files; nil if it can't be told.
    ///   - running: Tasks that work at the same time.
    ///   - memory: Bytes that can be had; nil if that can't be told.
    func judge(files: Int?, running: Int, memory: Int?) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let needed = Self.basicFiles + running * Self.filesOfTask
        if let files, files < needed {
            findings.append(
                problem(
                    "\(files) open files are allowed, and \(running) tasks at once need \(needed)",
                    mend: "ulimit -n 4096; LimitNOFILE=4096 in the unit of systemd; or a lower harness.max_running"))
        } else if let files, files - needed < Self.leastStreams {
            findings.append(
                warning(
                    "\(files) open files are allowed, which leaves \(files - needed) for clients and event streams",
                    mend: "ulimit -n 4096; LimitNOFILE=4096 in the unit of systemd"))
        }
        if let memory, memory < Self.leastMemory {
            findings.append(warning("\(memory >> 20) MiB of memory are available", mend: "free -m"))
        }
        if !findings.isEmpty { return findings }
        let streams = files.map { $0 > 1 << 20 ? "any number of" : "about \($0 - needed)" } ?? "an unknown number of"
        return [good("room for \(streams) clients and event streams")]
    }
}
