import Blocking
import Glibc
import JSON
import Matching
import Spool
import SystemPackage

/// Makes one check.
struct CheckMaker: Sendable {
    /// What was found; with a command also what it printed.
    struct Finding: Sendable {
        var outcome: CheckResult.Outcome
        var found: String
        var output: OutputKeeper?

        init(_ outcome: CheckResult.Outcome, _ found: String, output: OutputKeeper? = nil) {
            self.outcome = outcome
            self.found = found
            self.output = output
        }
    }

    /// The largest file whose content is looked at, in bytes; for a regular expression, which costs more, the smaller.
    static let largestFile = 16 << 20
    static let largestForRegex = 4 << 20

    /// The real path.
    var workspace: FilePath
    var changes: WorkspaceChanges

    private var files: WorkspaceFile { WorkspaceFile(workspace: workspace) }

    func make(_ check: VerifyCheck, mark: String) async -> Finding {
        switch check.rule {
        case .exists(let path): return await looked { try exists(path) }
        case .absent(let path): return await looked { try absent(path) }
        case .contains(let path, let content): return await looked { try contains(path, content) }
        case .json(let path, let pointer, let expected): return await looked { try json(path, pointer, expected) }
        case .changed(let patterns): return changed(patterns)
        case .unchanged(let patterns): return unchanged(patterns)
        case .run(let command): return await run(command, mark: mark)
        }
    }

    /// Looks at files: on a thread for that, as a network's filesystem may take its time.
    private func looked(_ body: @escaping @Sendable () throws -> Finding) async -> Finding {
        await BlockingThread.run {
            do {
                return try body()
            } catch let failure as WorkspaceFile.Failure {
                return Finding(.error, failure.reason)
            } catch {
                return Finding(.error, "\(error)")
            }
        }
    }

    // MARK: files

    private func exists(_ path: String) throws -> Finding {
        do throws(WorkspaceFile.Failure) {
            _ = try files.resolve(FilePath(path))
            return Finding(.passed, "\(path) is there")
        } catch {
            switch error {
            case .missing:
                let isLink = (try? files.isThere(path)) == true
                return Finding(.failed, isLink ? "\(path) is a link that leads nowhere" : "\(path) is not there")
            case .outside: return Finding(.failed, "\(path) leads out of the workspace")
            case .unusable: throw error
            }
        }
    }

    private func absent(_ path: String) throws -> Finding {
        do throws(WorkspaceFile.Failure) {
            return try files.isThere(path)
                ? Finding(.failed, "\(path) is there") : Finding(.passed, "\(path) is not there")
        } catch {
            if case .outside = error { return Finding(.error, "the directory of \(path) leads out of the workspace") }
            throw error
        }
    }

    /// The bytes of a file, or why the check fails.
    private func content(_ path: String, limit: Int) throws -> Result<[UInt8], MissingFile> {
        do throws(WorkspaceFile.Failure) {
            return .success(try files.read(path, limit: limit))
        } catch {
            switch error {
            case .missing: return .failure(MissingFile(finding: Finding(.failed, "\(path) is not there")))
            case .outside:
                return .failure(MissingFile(finding: Finding(.failed, "\(path) leads out of the workspace")))
            case .unusable(let reason): return .failure(MissingFile(finding: Finding(.error, reason)))
            }
        }
    }

    private struct MissingFile: Error {
        var finding: Finding
    }

    private func contains(_ path: String, _ content: VerifyCheck.Content) throws -> Finding {
        let isRegex = if case .regex = content { true } else { false }
        let bytes: [UInt8]
        switch try self.content(path, limit: isRegex ? Self.largestForRegex : Self.largestFile) {
        case .success(let read): bytes = read
        case .failure(let missing): return missing.finding
        }
        let isFound: Bool?
        switch content {
        case .text(let text): isFound = bytes.firstRange(of: Array(text.utf8)) != nil
        case .regex(let pattern):
            let end = ContinuousClock.now + .seconds(30)
            isFound = try LinearRegex(pattern).matches(String(decoding: bytes, as: UTF8.self)) { .now > end }
        }
        guard let isFound else { return Finding(.error, "looking through \(path) took more than 30 s") }
        if isFound { return Finding(.passed, "\(path) has it") }
        return Finding(
            .failed, "\(path) does not have it; it has \(bytes.count) bytes and begins \(Self.beginning(bytes))")
    }

    private func json(_ path: String, _ pointer: String, _ expected: JSONValue) throws -> Finding {
        let bytes: [UInt8]
        switch try content(path, limit: Self.largestFile) {
        case .success(let read): bytes = read
        case .failure(let missing): return missing.finding
        }
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: bytes)
        } catch {
            return Finding(.failed, "\(path) is no JSON: \(error)")
        }
        guard let value = JSONPointer.value(at: pointer, in: root) else {
            return Finding(.failed, "\(path) has nothing at \(pointer)")
        }
        let shown = Self.short(value.compact)
        return value.isEqual(to: expected)
            ? Finding(.passed, "it is \(shown)") : Finding(.failed, "it is \(shown)")
    }

    // MARK: changes

    private func covered(_ patterns: [String]) -> [String] {
        let globs = patterns.map(GlobPattern.init)
        return changes.paths.filter { path in globs.contains { $0.covers(path) } }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func changed(_ patterns: [String]) -> Finding {
        let found = covered(patterns)
        if !found.isEmpty { return Finding(.passed, Self.list(found) + " changed") }
        if let gap = changes.gap {
            return Finding(.failed, "nothing is known to have changed there, but not all is known: \(gap)")
        }
        return Finding(.failed, "nothing changed there")
    }

    private func unchanged(_ patterns: [String]) -> Finding {
        let found = covered(patterns)
        if !found.isEmpty { return Finding(.failed, Self.list(found) + " changed") }
        if let gap = changes.gap {
            return Finding(.failed, "whether anything changed there can't be told: \(gap)")
        }
        return Finding(.passed, "nothing changed there")
    }

    // MARK: commands

    private func run(_ command: VerifyCommand, mark: String) async -> Finding {
        let (end, output) = await CommandRun(command: command, workspace: workspace, mark: mark).run()
        switch end {
        case .exited(0): return Finding(.passed, "exit status 0", output: output)
        case .exited(let code): return Finding(.failed, "exit status \(code)", output: output)
        case .signalled(let signal): return Finding(.failed, "it was killed by signal \(signal)", output: output)
        case .timedOut:
            return Finding(
                .failed, "it did not end within \(Self.seconds(command.timeoutSeconds)), and was killed", output: output
            )
        case .cancelled: return Finding(.error, "it was stopped before it ended", output: output)
        case .notStarted(let reason): return Finding(.error, "it could not be started: \(reason)", output: output)
        }
    }

    // MARK: words

    private static func seconds(_ value: Double) -> String { "\(Int(exactly: value).map(String.init) ?? "\(value)") s" }

    private static func list(_ paths: [String]) -> String {
        let shown = paths.prefix(10).joined(separator: ", ")
        return paths.count > 10 ? "\(shown) and \(paths.count - 10) more" : shown
    }

    private static func beginning(_ bytes: [UInt8]) -> String {
        JSONValue.string(short(String(decoding: bytes.prefix(400), as: UTF8.self))).compact
    }

    private static func short(_ text: String) -> String {
        text.unicodeScalars.count > 200 ? String(text.unicodeScalars.prefix(200)) + "…" : text
    }
}

extension JSONValue {
    /// As JSON means it: `1` and `1.0` are the same number, and the order of members does not count.
    func isEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.int, .double), (.double, .int): return double == other.double
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in right[member.name].map { member.value.isEqual(to: $0) } == true }
        default: return self == other
        }
    }
}
