import Blocking
import Evidence
import Glibc
import SystemPackage

extension Bench {
    /// The evidence of tasks in a workspace with many files, in which nothing, or one file, changes.
    ///
    /// The first task in a workspace finds nothing of an earlier one; all files are in the page cache all the same, as
    /// they have just been made.
    func measureEvidence(_ found: (Measurement) -> Void) async throws {
        let count = isQuick ? 10_000 : 100_000
        for isRepository in [true, false] {
            let kind = isRepository ? "git" : "plain"
            let workspace = home.appending("\(kind)-files")
            try makeFiles(count, in: workspace, isRepository: isRepository)
            let rounds = isQuick ? 5 : 10
            var floor: [Double] = []
            for _ in 0..<rounds { floor.append(try await lookAtFiles(count, in: workspace)) }
            found(Measurement("two looks at \(count) files, \(kind)", .seconds, floor.map { 2 * $0 }))
            var git: [Double] = []
            if isRepository {
                for _ in 0..<rounds {
                    let begun = ContinuousClock.now
                    let status = try Child(
                        ["git", "-C", workspace.string, "--no-optional-locks", "status", "--porcelain"], name: "status",
                        home: home)
                    guard status.wait() == 0 else { throw BenchFailure("git status failed") }
                    git.append((ContinuousClock.now - begun).seconds)
                }
                found(Measurement("git status, \(count) files", .seconds, git))
            }
            var warm: [Double] = []
            var baselines: [Double] = []
            var changed: [Double] = []
            for round in 0...(2 * rounds) {
                let evidence = home.appending("\(kind)-evidence-\(round)")
                try Disk.makeDirectory(evidence)
                let subject = WorkspaceEvidence(
                    workspace: workspace, directory: evidence, cache: home.appending("cache"))
                let begun = ContinuousClock.now
                try await subject.recordBaseline()
                let recorded = ContinuousClock.now - begun
                let isChanging = round > rounds
                if isChanging { try Workspace.work(in: workspace.appending("d7"), number: round) }
                let ended = ContinuousClock.now
                let summary = try await subject.recordChanges()
                let time = (recorded + (ContinuousClock.now - ended)).seconds
                guard summary.changes.count == (isChanging ? 1 : 0), summary.undeterminable.isEmpty else {
                    throw BenchFailure("\(summary.changes.count) changes were seen; \(summary.undeterminable)")
                }
                try await subject.discardBaselineContent()
                if round == 0 {
                    found(Measurement("first task, \(kind)", .seconds, [time], aim: "≤ 2"))
                } else if isChanging {
                    changed.append(time)
                } else {
                    warm.append(time)
                    baselines.append(recorded.seconds)
                }
            }
            found(Measurement("a task that changes nothing, \(kind)", .seconds, warm, aim: "≤ 0.3"))
            found(Measurement("of that the baseline, \(kind)", .seconds, baselines))
            let least = 2 * Measurement("", .seconds, floor).median
            found(Measurement("changes nothing / two looks, \(kind)", .ratio, warm.map { $0 / least }))
            found(Measurement("a task that changes a file, \(kind)", .seconds, changed))
            if isRepository {
                let base = Measurement("", .seconds, git).median
                found(Measurement("changes nothing / git status", .ratio, warm.map { $0 / base }))
            }
        }
    }

    /// What a comparison can't do without: the status of each file, asked for on all cores.
    ///
    /// - Returns: Seconds.
    private func lookAtFiles(_ count: Int, in workspace: FilePath) async throws -> Double {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let begun = ContinuousClock.now
        let found = await withTaskGroup(of: Int.self) { group in
            for core in 0..<cores {
                group.addTask {
                    await BlockingPool.run {
                        stride(from: core * 50, to: count, by: cores * 50).reduce(0) { sum, first in
                            sum
                                + Self.look(
                                    at: first..<min(first + 50, count), in: Self.directory(of: first, workspace))
                        }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        guard found == count else { throw BenchFailure("\(found) of \(count) files are there") }
        return (ContinuousClock.now - begun).seconds
    }

    private static func look(at numbers: Range<Int>, in directory: FilePath) -> Int {
        let opened = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(opened) }
        var status = stat()
        return numbers.count { fstatat(opened, "f\($0).txt", &status, AT_SYMLINK_NOFOLLOW) == 0 }
    }

    /// Fifty files lie in each.
    private static func directory(of number: Int, _ workspace: FilePath) -> FilePath {
        workspace.appending("d\(number / 1000)").appending("e\(number / 50 % 20)")
    }

    private func makeFiles(_ count: Int, in workspace: FilePath, isRepository: Bool) throws {
        for number in 0..<count {
            let directory = Self.directory(of: number, workspace)
            if number % 50 == 0 { try Disk.makeDirectory(directory) }
            let text = String(repeating: "File \(number).\n", count: number % 7 + 1)
            try Disk.write(text, to: directory.appending("f\(number).txt"))
        }
        guard isRepository else { return }
        let identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        // Otherwise the commit leaves a `git gc` behind, which packs as many objects on one of the cores meanwhile.
        let quiet = ["-c", "gc.auto=0", "-c", "maintenance.auto=false"]
        for command in [
            ["init", "--quiet"], ["add", "."], quiet + identity + ["commit", "--quiet", "--message", "Begin"],
        ] {
            let git = try Child(["git", "-C", workspace.string] + command, name: "git", home: home)
            guard git.wait() == 0 else { throw BenchFailure("git \(command) failed; is git installed?") }
        }
    }
}
