package import DaemonConfiguration

/// The configuration: what is wrong with it, or what a person should know of it.
package struct ConfigurationCheck: DoctorCheck {
    package let name = "configuration"

    package func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let file = scene.configuration.file.map { "\($0)" } ?? "no file, all defaults"
        let warnings = scene.configuration.warnings
        if warnings.isEmpty { return [good(file)] }
        return warnings.map { warning("\(file): \($0)", mend: scene.command("config")) }
    }

    /// What there is to say where no configuration is in force: nothing else can be looked at.
    package static func findings(_ error: ConfigurationError) -> [DoctorFinding] {
        var findings = error.problems.map { DoctorFinding("configuration", .problem, "\($0)") }
        if error.omitted > 0 {
            findings.append(DoctorFinding("configuration", .problem, "and \(error.omitted) more"))
        }
        return named(findings)
    }

    package static func findings(_ message: String) -> [DoctorFinding] {
        named([DoctorFinding("configuration", .problem, message)])
    }

    private static func named(_ findings: [DoctorFinding]) -> [DoctorFinding] {
        let rest = DoctorFinding("the others", .skipped, "without a configuration there is nothing to look at")
        return (findings + [rest]).map {
            var finding = $0
            finding.check = "configuration"
            return finding
        }
    }
}
