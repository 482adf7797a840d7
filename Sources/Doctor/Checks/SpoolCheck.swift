import DaemonConfiguration
import Glibc
import Spool
import SystemPackage

/// The spool: there, one that we know, and ours to write.
struct SpoolCheck: BlockingCheck {
    let name = "spool"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let path = scene.configuration.spool.path
        do throws(SpoolError) {
            let spool = try SpoolDirectory(opening: path)
            guard FileLook.allows(path, R_OK | W_OK | X_OK) else {
                return [
                    problem("\(path) can't be written to: \(Errno(rawValue: errno))", mend: "chmod u+rwx \(path.word)")
                ]
            }
            let counts = try TaskState.allCases.map { state throws(SpoolError) in
                "\(try spool.list(state).count) \(state.rawValue)"
            }
            return [good("\(path): \(counts.joined(separator: ", "))")] + switches(scene, spool)
        } catch {
            if error.code == .spoolMissing {
                let message = "\(path) is not there yet; `openloom serve` or `openloom init` makes it"
                return [warning(message, mend: scene.command("init"))]
            }
            return [problem("\(error)")]
        }
    }

    private func switches(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if spool.isClosed {
            findings.append(warning("it is closed: nothing is accepted", mend: "rm \(spool.paths.closed.word)"))
        }
        if spool.isPaused {
            findings.append(warning("it is paused: no task is started", mend: "rm \(spool.paths.pause.word)"))
        }
        return findings
    }
}
