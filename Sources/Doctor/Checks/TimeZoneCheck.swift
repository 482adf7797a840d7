import DaemonConfiguration
import Schedules
import Spool
import TaskSource

/// The zone of the times that people are shown, and of schedules that name none.
struct TimeZoneCheck: BlockingCheck {
    let name = "timezone"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        judge(scene.configuration.timeZone, TimeZoneCatalogue(variable: scene.environment["TZ"]))
    }

    func judge(_ configured: String?, _ catalogue: TimeZoneCatalogue) -> [DoctorFinding] {
        do {
            // Known without the files of zones; any other name is not.
            let here = catalogue.here()
            let name = configured ?? here.name
            let rules = try configured.map { name throws(CronError) in try catalogue.rules(named: name) } ?? here.rules
            let minutes = rules.offset(at: Int(Timestamp.now().seconds)) / 60
            let sign = minutes < 0 ? "-" : "+"
            let parts = [abs(minutes) / 60, abs(minutes) % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
            return [good("\(name) (\(sign)\(parts.joined(separator: ":")))")]
        } catch {
            return [problem("harness.timezone: \(error.description)", mend: "sudo apt-get install tzdata")]
        }
    }
}
