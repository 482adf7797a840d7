import Blocking
import Glibc
import JSON
package import Spool
package import SystemPackage

/// The checks of a task, made in its workspace one after the other.
///
/// What each came to is written as it is made: `NN-name.json`, and `NN-name.log` with the output of a command. Nothing is
/// synced here; whoever sends the next prompt, or ends the task, does that before.
package struct Verification: Sendable {
    private let workspace: FilePath
    private let changes: WorkspaceChanges
    private let owner: String

    /// Characters of a command's output that its result carries.
    private static let tail = 4000

    /// - Parameters:
    ///   - workspace: Its real path.
    ///   - changes: What is another than at the baseline.
    ///   - owner: Who makes the checks: what it left running when it died is ended by the next one of the same name.
    package init(workspace: FilePath, changes: WorkspaceChanges, owner: String) {
        self.workspace = workspace
        self.changes = changes
        self.owner = owner
    }

    /// Makes all checks, also after one has failed: the agent is told everything at once.
    ///
    /// - Parameters:
    ///   - directory: Where results are written; nil for nowhere. What lies there is removed first.
    ///   - note: Told of each result as soon as it is there.
    /// - Returns: A result for each check, or nil if the calling task was cancelled: then what was made says nothing.
    package func run(
        _ checks: [VerifyCheck], into directory: FilePath?,
        note: @Sendable (CheckResult) async -> Void = { _ in }
    ) async throws(SpoolError) -> [CheckResult]? {
        let owner = owner
        await BlockingPool.run { CommandLeftovers.kill(mark: "\(owner)/", isPrefix: true) }
        if let directory {
            try await BlockingPool.run { () throws(SpoolError) in try DurableFile.emptyDirectory(directory) }
        }
        let maker = CheckMaker(workspace: workspace, changes: changes)
        var results: [CheckResult] = []
        for (index, check) in checks.enumerated() {
            let number = index + 1
            let start = ContinuousClock.now
            let finding = await maker.make(check, mark: "\(owner)/\(number)")
            if Task.isCancelled { return nil }
            var result = CheckResult(
                number: number, title: check.title, kind: check.kind, source: check.source, outcome: finding.outcome,
                expected: check.expectation, found: finding.found, milliseconds: (.now - start).inMilliseconds)
            if let output = finding.output {
                result.log = "\(result.fileStem).log"
                result.tail = output.tail(Self.tail)
            }
            if let directory { try await Self.write(result, finding.output, in: directory) }
            await note(result)
            results.append(result)
        }
        return results
    }

    private static func write(
        _ result: CheckResult, _ output: OutputKeeper?, in directory: FilePath
    ) async throws(SpoolError) {
        try await BlockingPool.run { () throws(SpoolError) in
            if let output, let log = result.log {
                try DurableFile.writeVolatile(output.bytes, to: directory.appending(log))
            }
            try DurableFile.writeVolatile(
                result.json.pretty, to: directory.appending("\(result.fileStem).json"))
        }
    }
}

extension Duration {
    var inMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
