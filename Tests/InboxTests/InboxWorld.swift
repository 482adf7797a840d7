import FoundationEssentials
import Glibc
import Spool
import SystemPackage

/// A spool and a workspace of one test.
final class InboxWorld: Sendable {
    let spool: SpoolDirectory
    let workspace: FilePath
    let inbox: FilePath
    private let root: FilePath
    private let elsewhere: FilePath?

    struct NeverTrue: Error {}

    /// - Parameter parent: The directory on whose filesystem the inbox is to lie; nil for inside of the spool.
    init(inboxIn parent: FilePath? = nil) throws {
        root = try Self.directory(in: "/tmp")
        elsewhere = try parent.map { try Self.directory(in: $0) }
        workspace = root.appending("work")
        try FileManager.default.createDirectory(atPath: workspace.string, withIntermediateDirectories: true)
        spool = try SpoolDirectory(openingOrCreating: root.appending("spool"))
        inbox = elsewhere ?? spool.paths.inbox
        try FileManager.default.createDirectory(
            atPath: inbox.appending("site").string, withIntermediateDirectories: true
        )
    }

    deinit {
        for path in [root, elsewhere].compactMap(\.self) { try? FileManager.default.removeItem(atPath: path.string) }
    }

    private static func directory(in parent: FilePath) throws -> FilePath {
        var template = Array("\(parent)/openloom-inbox-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        return FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Writes a file into the inbox, as an editor does: made, written, closed.
    func drop(_ name: String, _ text: String) throws { try put(inbox.appending(name), text) }

    func put(_ path: String, _ text: String) throws { try put(spool.root.appending(path), text) }

    private func put(_ path: FilePath, _ text: String) throws {
        let file = open(path.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
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
    /// Files of ours that lie in an inbox while they are copied.
    var aside: [String] { inboxNames.filter { $0.hasPrefix(".openloom-") } }
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
