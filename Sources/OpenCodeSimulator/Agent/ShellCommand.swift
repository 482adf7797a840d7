import Subprocess
import SystemPackage

/// A line of shell, as an agent's tool runs it: in the workspace, with our environment, without input.
struct ShellCommand: Sendable {
    var line: String
    var directory: FilePath

    private static let outputLimit = 1 << 20

    /// Runs it and waits until it has ended and nobody holds its output open any more; a process that it leaves behind
    /// must have let go of that. A cancelled caller's is killed with its process group.
    ///
    /// - Returns: Its exit status, or 128 and the signal's number, and what it wrote.
    func run() async throws -> (status: Int32, output: String) {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", "exec 2>&1\n\(line)"], workingDirectory: directory,
            platformOptions: options, output: .string(limit: Self.outputLimit), error: .discarded)
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return (status, result.standardOutput)
    }
}
