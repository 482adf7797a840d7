import DaemonConfiguration
import Spool
import SystemPackage

/// Who may read and change what is ours.
struct PermissionsCheck: BlockingCheck {
    let name = "permissions"

    /// As many entries of a spool's directory are looked at.
    private static let mostEntries = 5000

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let own = scene.home.appending(".openloom")
        for path in [own, own.appending("connectors"), scene.configuration.file].compactMap(\.self) {
            guard let look = FileLook(path) else { continue }
            if !isTrusted(look.owner, scene) {
                findings.append(
                    problem(
                        "\(path) belongs to user \(look.owner), who can have anything run as you",
                        mend: "sudo chown \(scene.user) \(path.word)"))
            } else if look.isOpenToChange {
                // A group is often the user's own.
                let isOnlyTheGroups = look.mode & 0o002 == 0
                let who = isOnlyTheGroups ? "its group" : "others"
                findings.append(
                    DoctorFinding(
                        name, isOnlyTheGroups ? .warning : .problem,
                        "\(path) has mode \(look.shownMode): \(who) can change what openloom does",
                        mend: "chmod go-w \(path.word)"))
            }
        }
        if let spool = scene.spool { findings += spoolFindings(scene, spool) }
        return findings.isEmpty ? [good("nobody else may change what openloom reads, or see tasks")] : findings
    }

    /// Root looks at what may be another user's daemon: whose spool it is.
    private func isTrusted(_ owner: UInt32, _ scene: DoctorScene) -> Bool {
        if owner == scene.user || owner == 0 { return true }
        return scene.user == 0 && FileLook(scene.configuration.spool.path)?.owner == owner
    }

    private func spoolFindings(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if let look = FileLook(spool.root), look.mode & 0o077 != 0 {
            findings.append(
                warning(
                    "the spool has mode \(look.shownMode): others can look at tasks",
                    mend: "chmod 700 \(spool.root.word)"))
        }
        var above = spool.root
        while above.removeLastComponent(), !above.isEmpty {
            guard let look = FileLook(above) else { continue }
            if look.isOpenToChange || !isTrusted(look.owner, scene) {
                findings.append(
                    warning(
                        "\(above), above the spool, is others' to change: they can put another spool in its place",
                        mend: "\(scene.command("init")) with a spool in a directory of yours"))
            }
        }
        var foreign: [FilePath] = []
        var open: [FilePath] = []
        for directory in [spool.root] + spool.paths.directories {
            for name in ((try? spool.entries(of: directory)) ?? []).prefix(Self.mostEntries) {
                let path = directory.appending(name)
                guard let look = FileLook(path, followsLink: false), look.kind != .link else { continue }
                // Root may do with any file what it has to.
                let isDropped = [spool.paths.inbox, spool.paths.rejected].contains(directory)
                if look.owner != scene.user, scene.user != 0, !isDropped { foreign.append(path) }
                if look.isOpenToChange { open.append(path) }
            }
        }
        if let first = foreign.first {
            findings.append(
                problem(
                    "\(foreign.count) files and directories in the spool are not yours, such as \(first)",
                    mend: "sudo chown -R \(scene.user) \(spool.root.word)"))
        }
        if let first = open.first {
            findings.append(
                warning(
                    "\(open.count) files and directories in the spool can be changed by others, such as \(first)",
                    mend: "chmod -R go-w \(spool.root.word)"))
        }
        return findings
    }
}
