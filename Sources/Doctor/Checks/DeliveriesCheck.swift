import Spool

/// Deliveries of webhooks that nobody makes any more, or that wait for long.
struct DeliveriesCheck: SpoolContentCheck {
    let name = "deliveries"

    /// Later than the first few attempts.
    static let longWait = 3600.0

    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        var waiting = 0
        do throws(SpoolError) {
            for endpoint in try spool.endpoints() {
                let status = try spool.endpointStatus(endpoint)
                let title = "webhook \(endpoint)"
                waiting += status.count(.new)
                if let reason = status.disabled {
                    findings.append(
                        DoctorFinding(
                            title, .warning, "it is disabled: \(reason)",
                            mend: scene.command("webhooks retry \(endpoint) --enable")))
                }
                if status.count(.failed) > 0 {
                    findings.append(
                        DoctorFinding(
                            title, .warning, "\(status.count(.failed)) deliveries were given up",
                            mend: scene.command("webhooks retry \(endpoint)")))
                }
                guard let first = try spool.firstDeliveries(of: endpoint, in: .new, limit: 1).names.first,
                    let look = FileLook(spool.paths.endpoint(endpoint).delivery(first, in: .new))
                else { continue }
                let age = Timestamp.now().seconds - look.modified
                if age > Self.longWait {
                    findings.append(
                        DoctorFinding(
                            title, .warning,
                            "\(status.count(.new)) deliveries wait, the oldest for \(Int(age / 60)) min",
                            mend: scene.command("webhooks show \(endpoint) --state new")))
                }
            }
        } catch {
            findings.append(problem("\(error)"))
        }
        return findings.isEmpty ? [good("\(waiting) wait, none was given up")] : findings
    }
}
