import Glibc
import JSON
import SystemPackage
import Testing

@testable import Evidence

/// A workspace, an evidence directory beside it and a shell to work with, in a temporary directory that goes away.
final class TemporaryWorkspace: Sendable {
    let root: FilePath
    let workspace: FilePath
    let evidence: FilePath

    /// - Parameter setup: A shell script that runs in the workspace.
    init(git: Bool = false, _ setup: String = "") throws {
        var template = Array("/tmp/openloom-evidence-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        root = FilePath(platformString: made)
        workspace = root.appending("work")
        evidence = root.appending("evidence")
        #expect(workspace.withPlatformString { mkdir($0, 0o755) } == 0)
        #expect(evidence.withPlatformString { mkdir($0, 0o700) } == 0)
        if git { try shell("git init -q -b main .") }
        try shell(setup)
        if git { try shell("git add -A && \(Self.commit) --allow-empty -m first") }
    }

    deinit {
        _ = try? shell("chmod -R u+rwX . 2>/dev/null; rm -rf \"$PWD\"", in: root)
    }

    static let commit = "git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q"

    var subject: WorkspaceEvidence { subject() }

    func subject(limits: EvidenceLimits = EvidenceLimits()) -> WorkspaceEvidence {
        WorkspaceEvidence(workspace: workspace, directory: evidence, limits: limits)
    }

    /// Runs a script, which must succeed, and returns what it writes to its standard output.
    @discardableResult
    func shell(_ script: String, in directory: FilePath? = nil) throws -> String {
        let out = FilePath("/tmp/\(root.lastComponent?.string ?? "x")-\(UInt64.random(in: 0...UInt64.max)).out")
        defer { _ = out.withPlatformString { unlink($0) } }
        let text = "cd '\(directory ?? workspace)' && exec >'\(out)' 2>&1\nset -e\n\(script)\n"
        var pid = pid_t()
        let words = ["/bin/sh", "-c", text]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        try #require(posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, environ) == 0)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
        let output = String(decoding: (try? EvidenceFiles.read(out, limit: 1 << 26)) ?? [], as: UTF8.self)
        try #require(status == 0, "\(script): \(output)")
        return output
    }

    func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: EvidenceFiles.read(evidence.appending(name), limit: 1 << 26))
    }

    func has(_ name: String) -> Bool { (try? Syscalls.status(evidence.appending(name))) != nil }

    /// Every file below a directory but git's own: kind, whether executable, and content or target.
    func contents(of directory: FilePath) throws -> [String: String] {
        var all: [String: String] = [:]
        let tree = WorkspaceTree(limits: EvidenceLimits(), excluded: [])
        let found = try tree.scanHere(directory) { parent, listed in
            listed.files.map { file -> (String, String) in
                var text = "\(file.status.kind.rawValue)"
                switch file.status.kind {
                case .regular:
                    text += WalkComparison.executable(file.status.mode) ? "x " : "- "
                    text += (try? ContentHash(parent, file.name, expected: file.status, keep: 0)?.sha256) ?? "?"
                case .link: text += PathText.shown((try? Syscalls.linkTarget(parent, file.name)) ?? [])
                case .other, .directory: break
                }
                return (PathText.hexadecimal(listed.path(of: file.name)), text)
            }
        }
        for (path, text) in found.values.joined() { all[path] = text }
        return all
    }
}

extension ChangeSummary {
    /// `modified a.txt` and so on.
    var lines: [String] { changes.map { "\($0.kind.rawValue) \(PathText.shown(PathText.bytes($0.path)))" } }
}
