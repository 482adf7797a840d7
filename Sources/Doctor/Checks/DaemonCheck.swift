import Console
import JSON
import Spool
import SystemPackage

/// Which daemons are alive on the spool, by the cards that they leave in `nodes/`.
struct DaemonCheck: SpoolContentCheck {
    let name = "daemon"

    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        let running = DaemonPresence.running(on: spool)
        let shown = running.map { "\($0.version ?? "one") on \($0.node), pid \($0.pid)" }.joined(separator: "; ")
        if running.count > 1 {
            return [
                warning(
                    "\(running.count) daemons work on the spool: \(shown)",
                    mend: "give each machine a spool of its own with spool.path")
            ]
        }
        guard let one = running.first else {
            let message = "none runs on the spool; tasks wait until one is started"
            let waiting = (try? spool.list(.new).count) ?? 0
            let mend = scene.command("serve")
            return [waiting == 0 ? DoctorFinding(name, .good, message, mend: mend) : warning(message, mend: mend)]
        }
        if one.node != NodeIdentity.current().node {
            return [
                warning("the daemon runs on another machine (\(shown)); what is found here may be otherwise there")
            ]
        }
        return [good("it runs: \(shown)")]
    }
}
