import Glibc
import Subprocess
package import SystemPackage

/// git did not do what it was asked. The message is for a person.
package struct GitFailure: Error, Sendable, Hashable {
    package var message: String
    /// The answer was longer than what was allowed for; asking for less may do.
    package var isTooLong: Bool

    package init(message: String, isTooLong: Bool = false) {
        self.message = message
        self.isTooLong = isTooLong
    }
}

/// The installed git, run with bounded output and time, without a terminal, in a process group of its own, and with no
/// more of our environment than it needs.
package struct GitProgram: Sendable {
    package var path: FilePath
    /// What git sees of our environment: where to find its parts, and the user's settings.
    private var inherited: [String: String]
    package var timeout: Duration

    package struct Answer: Sendable {
        package var output: [UInt8]
        package var status: Int32
        package var errors: String

        package var text: String { String(decoding: output, as: UTF8.self) }
        package var records: [[UInt8]] { output.split(separator: 0).map { Array($0) } }
    }

    /// Looks for git on `PATH`.
    package static func find(
        timeout: Duration, environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) -> GitProgram? {
        let search = environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        for directory in search.split(separator: ":") where directory.hasPrefix("/") {
            let path = FilePath(String(directory)).appending("git")
            guard path.withPlatformString({ access($0, X_OK) }) == 0 else { continue }
            var inherited = ["PATH": search]
            for name in ["HOME", "XDG_CONFIG_HOME"] { inherited[name] = environment(name) }
            return GitProgram(path: path, inherited: inherited, timeout: timeout)
        }
        return nil
    }

    /// The files of settings that are not a repository's, those that count last; nil for a git that was installed
    /// somewhere else than by the system, which may have its own.
    package var settingsFiles: [FilePath]? {
        guard ["/usr/bin/git", "/bin/git"].contains(path.string), let home = inherited["HOME"], home.hasPrefix("/")
        else {
            return nil
        }
        let base = inherited["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
        return [
            "/etc/gitconfig", FilePath(base).appending("git").appending("config"),
            FilePath(home).appending(".gitconfig"),
        ]
    }

    /// Runs git and waits for its end.
    ///
    /// - Parameters:
    ///   - last: Arguments after those, as bytes, as they may hold paths.
    ///   - environment: Beyond what every run gets; values are bytes, as they may be paths.
    ///   - accepted: Exit statuses that are answers; any other is a failure.
    /// - Throws: ``GitFailure`` also when it takes longer than ``timeout``; its process group is gone by then.
    package func run(
        _ arguments: [String], _ last: [[UInt8]] = [], in directory: FilePath, environment: [String: [UInt8]] = [:],
        input: [UInt8] = [], limit: Int, accepted: Set<Int32> = [0]
    ) async throws(GitFailure) -> Answer {
        let words = arguments.first { !$0.hasPrefix("-") } ?? "git"
        let answer: Answer
        do {
            // Not as the process's directory: that would have to be UTF-8.
            let place = directory.withPlatformString { text in
                UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
            }
            let all = [Array("-C".utf8), place] + arguments.map { Array($0.utf8) } + last
            answer = try await bounded(all, variables(environment), input, limit)
        } catch let failure as GitFailure {
            throw GitFailure(message: "git \(words): \(failure.message)", isTooLong: failure.isTooLong)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw GitFailure(message: "git \(words): its answer is longer than \(limit) bytes", isTooLong: true)
        } catch {
            throw GitFailure(message: "git \(words): \(error)")
        }
        guard accepted.contains(answer.status) else {
            let said = answer.errors.split(separator: "\n").prefix(3).joined(separator: "; ")
            throw GitFailure(message: "git \(words) ended with \(answer.status): \(said)")
        }
        return answer
    }

    private func bounded(
        _ arguments: [[UInt8]], _ variables: [[UInt8]], _ input: [UInt8], _ limit: Int
    ) async throws -> Answer {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let configuration = Configuration(
            executable: .path(path), arguments: Arguments(arguments.map { $0 + [0] }), environment: .custom(variables),
            workingDirectory: "/", platformOptions: options)
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    configuration, input: .array(input), output: .bytes(limit: limit),
                    error: .string(limit: 1 << 16))
                let status: Int32 =
                    switch result.terminationStatus {
                    case .exited(let code): code
                    case .signaled(let signal): 128 + signal
                    }
                return Answer(output: result.standardOutput, status: status, errors: result.standardError)
            }
            group.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                throw GitFailure(message: "did not end within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func variables(_ more: [String: [UInt8]]) -> [[UInt8]] {
        var all = inherited.mapValues { Array($0.utf8) }
        let fixed = [
            "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_PAGER": "cat",
        ]
        for (name, value) in fixed { all[name] = Array(value.utf8) }
        for (name, value) in more { all[name] = value }
        return all.map { name, value in Array("\(name)=".utf8) + value + [0] }
    }
}
