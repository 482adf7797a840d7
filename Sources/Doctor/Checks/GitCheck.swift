import Git
import SystemPackage

/// The program git: found, and able to run.
struct GitCheck: DoctorCheck {
    let name = "git"
    let patience = Duration.seconds(60)

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let without = "changes are found by walking each workspace, there are no patches, and no worktrees"
        guard let git = GitProgram.find(timeout: .seconds(30), environment: { scene.environment[$0] }) else {
            return [warning("git is not on PATH: \(without)", mend: "sudo apt-get install git")]
        }
        do throws(GitFailure) {
            let answer = try await git.run(["--version"], in: "/", limit: 1 << 12)
            return [good("\(git.path): \(answer.text.split(separator: "\n").first ?? "")")]
        } catch {
            return [warning("\(git.path) does not run: \(error.message); \(without)")]
        }
    }
}
