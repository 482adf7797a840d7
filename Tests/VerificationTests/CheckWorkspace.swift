import FoundationEssentials
import Glibc
import Spool
import SystemPackage

@testable import Verification

/// A workspace of its own, and the checks made in it.
final class CheckWorkspace {
    let root: FilePath
    var path: FilePath { root.appending("work") }
    var results: FilePath { root.appending("checks") }

    init() throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/checks-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else { throw Errno(rawValue: errno) }
        defer { free(real) }
        root = FilePath(platformString: real)
        try makeDirectory("")
    }

    deinit { try? FileManager.default.removeItem(atPath: root.string) }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: name.isEmpty ? path.string : path.appending(name).string, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path.pushing(FilePath(name)).string))
    }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, path.pushing(FilePath(name)).string) == 0 else { throw Errno(rawValue: errno) }
    }

    func text(_ file: FilePath) -> String? {
        (try? Data(contentsOf: URL(filePath: file.string))).map { String(decoding: $0, as: UTF8.self) }
    }

    func make(
        _ check: VerifyCheck.Rule, changes: WorkspaceChanges = WorkspaceChanges(paths: [])
    ) async throws -> CheckResult {
        let all = try await Verification(
            workspace: path, changes: changes, owner: "test-\(UInt32.random(in: 0 ... .max))"
        )
        .run([VerifyCheck(check)], into: results)
        guard let result = all?.first else { throw Errno.canceled }
        return result
    }

    func run(_ line: String, _ change: (inout VerifyCommand) -> Void = { _ in }) async throws -> CheckResult {
        var command = VerifyCommand(.shell(line))
        change(&command)
        return try await make(.run(command))
    }
}
