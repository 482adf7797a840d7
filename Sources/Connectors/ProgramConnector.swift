import CLinux
import Glibc
import Subprocess
package import SystemPackage

/// A program that knows some storage: `PROGRAM ls|download|upload|move|delete PATH`, bytes on standard input and output.
///
/// It lies in one directory, which is not looked for anywhere else. Each call is a process of its own in a session of
/// its own, with bounded time and output, and with no more of our environment than named variables. What its standard
/// error says first becomes the message of the error.
package struct ProgramConnector: Connector {
    /// What the program's exit codes mean, beside 0.
    package enum ExitCode {
        /// Nothing is there.
        package static let missing: Int32 = 3
        /// It knows no such operation.
        package static let unsupported: Int32 = 4
    }

    /// The longest listing that is read.
    private static let longestListing = 16 << 20

    package var program: FilePath
    package var arguments: [String]
    package var environment: [String: String]
    package var timeout: Duration

    package init(program: FilePath, arguments: [String] = [], environment: [String: String], timeout: Duration) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
    }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        try await run(["ls", directory], limit: Self.longestListing).map(ProgramListing.files)
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        try await run(["download", path], limit: limit)
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        if try await run(["upload", path], input: bytes, limit: 1 << 16) == nil {
            throw ConnectorError(.failed, "upload: there is no place for it")
        }
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        if try await run(["move", path, target], limit: 1 << 16) == nil {
            throw ConnectorError(.failed, "move: it is not there")
        }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        _ = try await run(["delete", path], limit: 1 << 16)
    }

    /// Why the program is not to be run, and how to mend it; nil if it may.
    package func objection() -> String? {
        for (path, kind) in [(program.removingLastComponent(), S_IFDIR), (program, S_IFREG)] {
            var status = stat()
            guard path.withPlatformString({ stat($0, &status) }) == 0 else {
                return "\(path) is not there; put the connector's program there, and make it executable"
            }
            guard status.st_mode & S_IFMT == kind else {
                return "\(path) is no \(kind == S_IFDIR ? "directory" : "regular file")"
            }
            guard status.st_uid == geteuid() || status.st_uid == 0 else { return "\(path) belongs to somebody else" }
            if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
                return "others may change \(path); run: chmod go-w \(path)"
            }
        }
        guard program.withPlatformString({ access($0, X_OK) }) == 0 else {
            return "\(program) is not executable; run: chmod +x \(program)"
        }
        return nil
    }

    // MARK: running

    /// - Returns: What it printed; nil if it says that nothing is there.
    private func run(
        _ words: [String], input: [UInt8]? = nil, limit: Int
    ) async throws(ConnectorError) -> [UInt8]? {
        let verb = words[0]
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw ConnectorError(.failed, "\(verb): a path with a zero byte")
        }
        if let objection = objection() { throw ConnectorError(.failed, objection) }
        let answer: Answer
        do {
            answer = try await started(arguments + words, input, limit)
        } catch let error as ConnectorError {
            throw ConnectorError(error.kind, "\(verb): \(error.message)")
        } catch is TooLong {
            // Only of a file that somebody put there is it the answer: anything else may pass.
            throw ConnectorError(verb == "download" ? .tooLarge : .failed, "\(verb): it is larger than \(limit) bytes")
        } catch {
            throw ConnectorError(.failed, "\(verb): \(error)")
        }
        switch answer.status {
        case 0: return answer.output
        case ExitCode.missing: return nil
        case ExitCode.unsupported: throw ConnectorError(.unsupported, "\(verb): the connector knows no such operation")
        case let code:
            let end = code < 0 ? "was ended by signal \(-code)" : "ended with \(code)"
            throw ConnectorError(.failed, "\(verb) \(end)\(answer.said.isEmpty ? "" : ": \(answer.said)")")
        }
    }

    private struct Answer: Sendable {
        var output: [UInt8]
        /// The exit code, or a signal with a minus.
        var status: Int32
        /// The last lines of standard error.
        var said: String

        init(_ output: [UInt8], _ status: TerminationStatus, _ errors: String) {
            self.output = output
            self.status =
                switch status {
                case .exited(let code): code
                case .signaled(let signal): -signal
                }
            said = ProgramConnector.line(errors)
        }
    }

    /// How often a program is tried that can't be started as somebody writes to it: for half a second.
    private static let mostStarts = 25

    /// A program that was installed a moment ago may still be open for writing in a process that is just being started.
    private func started(_ words: [String], _ input: [UInt8]?, _ limit: Int) async throws -> Answer {
        for _ in 1..<Self.mostStarts {
            do {
                return try await bounded(words, input, limit)
            } catch let error as SubprocessError where error.underlyingError == .textFileBusy {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return try await bounded(words, input, limit)
    }

    private func bounded(_ words: [String], _ input: [UInt8]?, _ limit: Int) async throws -> Answer {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let configuration = Configuration(
            executable: .path(program), arguments: Arguments(words),
            environment: .custom(environment.map { name, value in Array("\(name)=\(value)".utf8) + [0] }),
            workingDirectory: program.removingLastComponent(), platformOptions: options)
        let file = try input.map(Self.file)
        defer { try? file?.close() }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                guard let file else {
                    let result = try await Subprocess.run(
                        configuration, input: .none, output: .sequence, error: .sequence
                    ) { execution in
                        try await Self.read(execution.standardOutput, execution.standardError, limit)
                    }
                    return Answer(result.closureResult.0, result.terminationStatus, result.closureResult.1)
                }
                let result = try await Subprocess.run(
                    configuration, input: .fileDescriptor(file, closeAfterSpawningProcess: false),
                    output: .sequence, error: .sequence
                ) { execution in
                    try await Self.read(execution.standardOutput, execution.standardError, limit)
                }
                return Answer(result.closureResult.0, result.terminationStatus, result.closureResult.1)
            }
            group.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                throw ConnectorError(.failed, "it did not end within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// It printed more than is read.
    private struct TooLong: Error {}

    /// The longest end of standard error that is kept.
    private static let longestErrors = 1 << 14

    /// All of its output, and the end of what it says besides: that may be as long as it likes.
    private static func read(
        _ output: SubprocessOutputSequence, _ errors: SubprocessOutputSequence, _ limit: Int
    ) async throws -> ([UInt8], String) {
        async let said = end(of: errors)
        var bytes: [UInt8] = []
        for try await part in output {
            if part.count > limit - bytes.count { throw TooLong() }
            part.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return (bytes, try await said)
    }

    private static func end(of errors: SubprocessOutputSequence) async throws -> String {
        var bytes: [UInt8] = []
        for try await part in errors {
            part.withUnsafeBytes { bytes.append(contentsOf: $0) }
            bytes.removeFirst(max(0, bytes.count - longestErrors))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A file that has these bytes, to be read from its beginning. Not a pipe: a program that does not read all of one
    /// would have us killed by a signal.
    private static func file(_ bytes: [UInt8]) throws -> FileDescriptor {
        let number = clinux_memory_file()
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(rawValue: number)
        do {
            _ = try file.writeAll(bytes)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }

    /// The last lines, as one that can stand in a log.
    fileprivate static func line(_ text: String) -> String {
        let last = text.split(separator: "\n").suffix(3).joined(separator: "; ")
        return String(String.UnicodeScalarView(last.unicodeScalars.prefix(400).map { $0.value < 32 ? " " : $0 }))
    }
}
