import FoundationEssentials
import Glibc
import Spool
import SystemPackage

/// A spool and a workspace of one test.
final class InboxWorld: Sendable {
    let spool: SpoolDirectory
    let workspace: FilePath
    private let root: FilePath

    struct NeverTrue: Error {}

    init() throws {
        var template = Array("/tmp/openloom-inbox-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        root = FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
        workspace = root.appending("work")
        try FileManager.default.createDirectory(atPath: workspace.string, withIntermediateDirectories: true)
        spool = try SpoolDirectory(openingOrCreating: root.appending("spool"))
        try FileManager.default.createDirectory(
            atPath: inbox.appending("site").string, withIntermediateDirectories: true
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: root.string) }

    var inbox: FilePath { spool.paths.inbox }

    /// Writes a file into the inbox, as an editor does: made, written, closed.
    func drop(_ name: String, _ text: String) throws { try put("inbox/\(name)", text) }

    func put(_ path: String, _ text: String) throws {
        let file = open(spool.root.appending(path).string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Errno(rawValue: errno) }
        defer { close(file) }
        var text = text
        let count = text.withUTF8 { Glibc.write(file, $0.baseAddress, $0.count) }
        guard count == text.utf8.count else { throw Errno(rawValue: errno) }
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: spool.root.appending(path).string) }

    func text(_ path: String) -> String {
        FileManager.default.contents(atPath: spool.root.appending(path).string)
            .map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func list(_ path: FilePath) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []).sorted()
    }

    /// Names of the tasks in `new/`, sorted.
    var names: [String] {
        ((try? spool.list(.new)) ?? []).compactMap { (try? spool.readSpec($0, in: .new))?.name }.sorted()
    }

    var rejected: [String] { list(spool.paths.rejected) }
    var inboxNames: [String] { list(inbox) }
    var tmp: [String] { list(spool.paths.temporary).filter { !$0.hasPrefix(".") } }

    /// Looks until the condition holds.
    func become(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(110)
        while !condition() {
            if ContinuousClock.now > end { throw NeverTrue() }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
