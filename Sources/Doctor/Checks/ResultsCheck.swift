import Daemon
import DaemonConfiguration
import Results

/// The directories for results beside dropped files.
struct ResultsCheck: BlockingCheck {
    let name = "results"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let settings = scene.configuration.resultSettings
        guard settings.isWanted else { return [good("none are put beside dropped files")] }
        let problems = settings.problems()
        guard problems.isEmpty else { return problems.map { problem("they wait: \($0)") } }
        let places = [settings.outbox.map { "results in \($0)" }, settings.archive.map { "sources in \($0)" }]
        return [good(places.compactMap { $0 }.joined(separator: ", "))]
    }
}
