import DaemonConfiguration
import Glibc
import Inotify
import Spool
import SystemPackage

/// How changes are noticed: inotify's limits, and an event that really comes.
struct ChangesCheck: BlockingCheck {
    let name = "changes"

    private static let patience = Duration.seconds(5)

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let settings = scene.configuration.spool
        if settings.watch == .timer {
            return [good("looked for every \(settings.pollInterval), as spool.watch says")]
        }
        guard let path = scene.nearestToSpool, DirectoryWatcher.eventsAreReliable(on: path) else {
            let message = "the spool's filesystem tells nothing of changes made elsewhere"
            if settings.watch == .inotify { return [problem(message, mend: "spool.watch: auto")] }
            return [warning("\(message); it is looked at on a timer")]
        }
        var findings = judge(InotifyFacts(scene))
        if let spool = scene.spool { findings += trial(spool) }
        return findings.isEmpty ? [good("told by inotify")] : findings
    }

    func judge(_ facts: InotifyFacts) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        func check(_ key: String, limit: Int?, used: Int, needed: Int, advice: Int) {
            guard let limit, limit - used < needed else { return }
            findings.append(
                problem(
                    "fs.inotify.\(key) is \(limit), \(used) are in use, and the daemon needs \(needed)",
                    mend: "echo fs.inotify.\(key)=\(advice) | sudo tee /etc/sysctl.d/60-openloom.conf && "
                        + "sudo sysctl --system"))
        }
        check(
            "max_user_watches", limit: facts.mostWatches, used: facts.usedWatches, needed: facts.neededWatches,
            advice: 1_048_576)
        check(
            "max_user_instances", limit: facts.mostInstances, used: facts.usedInstances,
            needed: facts.neededInstances, advice: 1024)
        if let most = facts.mostQueued, most < InotifyFacts.leastQueued {
            findings.append(
                warning(
                    "fs.inotify.max_queued_events is \(most): when many files come at once everything is looked at anew",
                    mend: "echo fs.inotify.max_queued_events=16384 | sudo tee /etc/sysctl.d/60-openloom.conf && "
                        + "sudo sysctl --system"))
        }
        return findings
    }

    private func trial(_ spool: SpoolDirectory) -> [DoctorFinding] {
        do {
            let came = try spool.withProbeDirectory("events") { home throws(SpoolError) in
                Result { () throws(WatchError) in
                    try InotifyTrial.run(in: home, patience: Self.patience) {
                        _ = home.appending("file").withPlatformString { mkdir($0, 0o700) }
                    }
                }
            }
            if try came.get() { return [] }
            return [problem("no event came of a change in \(spool.paths.temporary)", mend: "spool.watch: timer")]
        } catch {
            return [problem("\(error)", mend: "spool.watch: timer, until that is mended")]
        }
    }
}

/// Inotify's limits for a user, what is in use of them, and what a daemon takes.
struct InotifyFacts: Sendable {
    var mostWatches: Int?
    var mostInstances: Int?
    var mostQueued: Int?
    /// Of processes of this user.
    var usedWatches = 0
    var usedInstances = 0
    var neededWatches: Int

    /// The watchers of the spool, the outbox and the schedules.
    var neededInstances = 3
    /// A directory with a thousand files that is moved in makes some thousand events.
    static let leastQueued = 4096

    init(neededWatches: Int) { self.neededWatches = neededWatches }

    init(_ scene: DoctorScene) {
        mostWatches = scene.kernelNumber("sys/fs/inotify/max_user_watches")
        mostInstances = scene.kernelNumber("sys/fs/inotify/max_user_instances")
        mostQueued = scene.kernelNumber("sys/fs/inotify/max_queued_events")
        let configuration = scene.configuration
        // The root, schedules, providers, four states, the inbox and its projects; an outbox for each endpoint; each
        // running task and its asks at each server.
        let tasks = configuration.harness.maxRunning * max(1, configuration.opencode.servers.count)
        neededWatches =
            8 + configuration.workspaceProjects.count + configuration.webhooks.endpoints.count + 2 * tasks
        if let spool = scene.spool {
            let projects = (try? spool.entries(of: configuration.inbox.path))?.count ?? 0
            neededWatches += min(projects, 1000)
        }
        // A daemon that runs has what it needs; what is used has that in it.
        if scene.daemonHere != nil { (neededWatches, neededInstances) = (1, 1) }
        count(scene)
    }

    /// Counts what processes of this user have; those of others can't be looked at, and have limits of their own.
    private mutating func count(_ scene: DoctorScene) {
        for process in Self.names(in: scene.proc) where process.allSatisfy(\.isNumber) {
            let home = scene.proc.appending(process)
            guard FileLook(home)?.owner == scene.user else { continue }
            for file in Self.names(in: home.appending("fd")) {
                guard Self.target(of: home.appending("fd").appending(file)) == "anon_inode:inotify" else { continue }
                usedInstances += 1
                let text = scene.kernelText("\(process)/fdinfo/\(file)") ?? ""
                usedWatches += text.split(separator: "\n").count { $0.hasPrefix("inotify ") }
            }
        }
    }

    private static func names(in path: FilePath) -> [String] {
        guard let directory = path.withPlatformString({ opendir($0) }) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func target(of link: FilePath) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = link.withPlatformString { readlink($0, &buffer, buffer.count) }
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
