import Console
import Spool
import SystemPackage

/// What lies in the spool that nobody goes on with.
struct TasksCheck: SpoolContentCheck {
    let name = "tasks"

    /// As many names are shown.
    private static let mostShown = 3

    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        do {
            return try examine(scene, spool)
        } catch {
            return [problem("\(error)")]
        }
    }

    private func examine(_ scene: DoctorScene, _ spool: SpoolDirectory) throws(SpoolError) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        for state in TaskState.allCases {
            let strangers = try spool.listing(state).strangers.filter { !$0.hasPrefix(".") }.sorted()
            guard !strangers.isEmpty else { continue }
            let directory = spool.paths.directory(of: state)
            findings.append(
                warning("\(directory) has what is no task: \(Self.some(strangers))", mend: "ls -la \(directory.word)"))
        }
        let running = try spool.list(.running)
        if !running.isEmpty, DaemonPresence.running(on: spool).isEmpty {
            findings.append(
                warning(
                    "\(running.count) tasks are running, and no daemon looks after them: "
                        + Self.some(running.map(\.rawValue)), mend: scene.command("serve")))
        }
        let rejected = try spool.entries(of: spool.paths.rejected).filter { !$0.hasPrefix(".") }.sorted()
        if !rejected.isEmpty {
            findings.append(
                warning(
                    "\(rejected.count) in rejected/: \(Self.some(rejected)); the reason lies beside each",
                    mend: "cat \(spool.paths.rejected.word)/*reason*"))
        }
        let old = try leftovers(spool)
        if !old.isEmpty {
            findings.append(
                warning(
                    "\(old.count) in tmp/ are older than a day: \(Self.some(old)); a daemon that starts clears them away",
                    mend: scene.command("serve")))
        }
        return findings.isEmpty ? [good("nothing is left lying")] : findings
    }

    private func leftovers(_ spool: SpoolDirectory) throws(SpoolError) -> [String] {
        let limit = Timestamp.now().seconds - SpoolDirectory.strangeBuildAge
        return try spool.entries(of: spool.paths.temporary).filter { name in
            FileLook(spool.paths.temporary.appending(name), followsLink: false).map { $0.modified < limit } ?? false
        }.sorted()
    }

    private static func some(_ names: [String]) -> String {
        names.prefix(mostShown).joined(separator: ", ") + (names.count > mostShown ? ", …" : "")
    }
}
