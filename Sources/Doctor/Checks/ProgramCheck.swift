import Blocking
import Daemon
import DaemonConfiguration
import OpenCodeHost

/// The program of OpenCode: it matters to whoever has no server, and to the daemon that is to start one.
struct ProgramCheck: DoctorCheck {
    let name = "program"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let isNeeded = await ServerFinding.all(of: scene.configuration).allSatisfy(\.isAbsent)
        return await BlockingThread.run { [look(scene, isNeeded: isNeeded)] }
    }

    private func look(_ scene: DoctorScene, isNeeded: Bool) -> DoctorFinding {
        let opencode = scene.configuration.opencode
        do throws(ServerHostError) {
            let program = try ProgramSearch.find(opencode.command, environment: scene.environment, home: scene.home)
            let advice =
                opencode.autoStart
                ? "started where no server answers"
                : isNeeded ? "start `\(opencode.command) serve`, or set opencode.auto_start: true" : "not needed"
            return good("\(program): \(advice)")
        } catch {
            if opencode.autoStart || isNeeded { return problem("\(error)", mend: "opencode.command: its path") }
            return good("not needed")
        }
    }
}
