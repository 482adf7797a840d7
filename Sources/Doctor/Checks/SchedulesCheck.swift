import Daemon
import DaemonConfiguration
import Spool
import TaskSource

/// The files in `schedules/`, read as the daemon reads them.
struct SchedulesCheck: SpoolContentCheck {
    let name = "schedules"

    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        let configuration = scene.configuration
        let reader = TaskSourceReader(
            limits: configuration.sourceLimits, workspaces: configuration.workspacePolicy,
            verification: configuration.verification)
        let book = ScheduleBook(spool: spool, reader: reader)
        let found: (schedules: [ScheduleName], strangers: [String], noted: [ScheduleName])
        do {
            found = try spool.scheduleFiles()
        } catch {
            return [problem("\(error)")]
        }
        var findings = found.strangers.map {
            warning("\(spool.paths.schedules)/\($0) is no schedule: one is called NAME.yaml")
        }
        var (followed, disabled) = (0, 0)
        for schedule in found.schedules {
            if spool.isDisabled(schedule) { disabled += 1 }
            do throws(ScheduleBook.Fault) {
                _ = try book.read(schedule)
                followed += 1
            } catch {
                let reason =
                    switch error {
                    case .spool(let error): "\(error)"
                    case .source(let error): "\(error)"
                    }
                findings.append(problem("\(schedule): \(reason)", mend: "edit \(spool.paths.schedule(schedule).word)"))
            }
        }
        if !findings.isEmpty { return findings }
        if followed == 0 { return [good("none is there")] }
        return [good("\(followed) are sound" + (disabled == 0 ? "" : ", \(disabled) of them disabled"))]
    }
}
