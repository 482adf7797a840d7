import Blocking
import CBaseline
import Glibc
import Spool
import SystemPackage

extension Bench {
    /// Ours and the C program by turns, each time in a new spool; the ratios are those of neighbours.
    func measureSubmissions(_ found: (Measurement) -> Void) async throws {
        let rounds = isQuick ? 3 : 7
        let workspace = home.appending("work")
        try Disk.makeDirectory(workspace)
        for threads in [1, 16] {
            let count = (isQuick ? 100 : 400) * (threads == 1 ? 1 : 4)
            var ours: [Double] = []
            var baseline: [Double] = []
            for round in 0..<rounds {
                let places = try ["ours", "c"].map { name in
                    try SpoolDirectory(openingOrCreating: home.appending("\(name)-\(threads)-\(round)"))
                }
                sync()
                ours.append(try await Self.submit(count, by: threads, to: places[0], workspace: workspace))
                let sizes = try Self.sizes(in: places[0])
                sync()
                let seconds = cbaseline_submit(
                    places[1].root.string, Int32(threads), Int32(count / threads), sizes)
                guard seconds > 0 else { throw BenchFailure("the C program: \(Errno(rawValue: errno))") }
                baseline.append(Double(count) / seconds)
            }
            let name = threads == 1 ? "1 thread" : "\(threads) threads"
            found(Measurement("openloom, \(name)", .perSecond, ours))
            found(Measurement("C, \(name)", .perSecond, baseline))
            let ratios = zip(ours, baseline).map { $0 / $1 }
            found(Measurement("ratio by pair, \(name)", .ratio, ratios, aim: threads == 16 ? "≥ 0.8" : nil))
        }
    }

    /// Submits as REST and the inbox do, on the pool for calls that block; submissions per second.
    private static func submit(
        _ count: Int, by threads: Int, to spool: SpoolDirectory, workspace: FilePath
    ) async throws -> Double {
        let goal = String(repeating: "Write a file that says what was asked for.\n", count: 24)
        let spec = TaskSpec(
            name: "benchmark", workspace: workspace, goal: goal, created: .now(),
            origin: TaskOrigin(.inbox, source: "benchmark.md")
        )
        let submission = Submission(spec: spec, source: Array(goal.utf8), fileExtension: "md")
        let begun = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    for _ in 0..<count / threads {
                        _ = try await BlockingPool.run { () throws(SpoolError) in try spool.submit(submission) }
                    }
                }
            }
            try await group.waitForAll()
        }
        return Double(count) / (ContinuousClock.now - begun).seconds
    }

    private static func sizes(in spool: SpoolDirectory) throws -> cbaseline_sizes {
        guard let id = try spool.list(.new).first else { throw BenchFailure("nothing was submitted") }
        let task = spool.paths.task(id, in: .new)
        return cbaseline_sizes(
            source: try Disk.size(of: task.directory.appending("source.md")), spec: try Disk.size(of: task.spec),
            log: try Disk.size(of: task.log)
        )
    }
}
