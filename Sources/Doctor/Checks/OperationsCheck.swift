import Spool
import SystemPackage

/// The calls that tasks are moved with, really made in a directory of our own under `tmp/`.
struct OperationsCheck: SpoolContentCheck {
    let name = "operations"

    /// A transition makes several of them; slower than this, each is felt.
    static let slowSync = Duration.seconds(1)

    func look(_ scene: DoctorScene, _ spool: SpoolDirectory) -> [DoctorFinding] { judge(spool.probe(), spool.root) }

    func judge(_ probe: SpoolProbe, _ root: FilePath) -> [DoctorFinding] {
        if let (step, reason) = probe.failure {
            let what = "\(step.rawValue) fails in \(root)/tmp: \(reason)"
            return [problem(what, mend: "see the other findings on the spool; else name another place with spool.path")]
        }
        var findings: [DoctorFinding] = []
        if !probe.refusesToReplace {
            findings.append(
                warning(
                    "the filesystem can't rename without replacing: two who move a task in one moment may hide one",
                    mend: "name a spool on ext4, xfs or btrfs with spool.path"))
        }
        if probe.syncTime > Self.slowSync {
            findings.append(
                warning("fsync took \(probe.syncTime): every step of a task waits for the disk that long"))
        }
        let removed = probe.leftovers == 0 ? "" : "; \(probe.leftovers) leftovers of earlier ones removed"
        if !findings.isEmpty { return findings }
        return [good("mkdir, write, fsync, rename and rename without replacing work\(removed)")]
    }
}
