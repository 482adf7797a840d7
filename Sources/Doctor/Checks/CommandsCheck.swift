import DaemonConfiguration
import Glibc
import Spool
import SystemPackage
import TaskSource

/// Commands of checks that are to run as somebody else.
struct CommandsCheck: BlockingCheck {
    let name = "commands"

    /// By which a daemon becomes somebody else.
    static let changer = FilePath("/usr/bin/setpriv")

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let policy = scene.configuration.verification
        let named = policy.named.sorted { $0.key < $1.key }.map { ("checks.\($0.key)", $0.value) }
        let workspaces = policy.defaults.sorted { $0.key.string < $1.key.string }.flatMap { path, checks in
            checks.map { ("a check of \(path)", $0) }
        }
        var findings: [DoctorFinding] = []
        var count = 0
        for (place, check) in named + workspaces {
            guard case .run(let command) = check.rule else { continue }
            count += 1
            if let user = command.user, let reason = objection(to: user, scene) {
                findings.append(reason.prefixed("\(place): "))
            }
        }
        return findings.isEmpty ? [good(count == 0 ? "none is configured" : "\(count) are configured")] : findings
    }

    private func objection(to user: String, _ scene: DoctorScene) -> DoctorFinding? {
        guard let entry = getpwnam(user) else {
            return problem("the system has no user \(user)", mend: "sudo useradd --system \(user)")
        }
        if entry.pointee.pw_uid == scene.user { return nil }
        guard scene.user == 0 else {
            return problem(
                "only a daemon of root can run it as \(user)", mend: "leave `user` out, or run the daemon as root")
        }
        guard FileLook.allows(Self.changer, X_OK) else {
            return problem(
                "\(Self.changer) is not there, by which it becomes \(user)", mend: "sudo apt-get install util-linux")
        }
        return nil
    }
}

extension DoctorFinding {
    fileprivate func prefixed(_ text: String) -> DoctorFinding {
        var copy = self
        copy.message = text + message
        return copy
    }
}
