import Blocking
import Crypto
import Glibc
import SystemPackage

/// The last baseline of a workspace without git, kept after the task so that the next one need not read every file again.
///
/// It makes finding hashes faster and answers for nothing: a file's is taken from it only where the file's status proves
/// that it is the one that was read. In the cache directory: `KEY.BEGUN.list` and `KEY.BEGUN.content`, KEY being the
/// SHA-256 of the workspace's real path.
struct WalkCache: Sendable {
    var directory: FilePath
    private let key: String

    /// Workspaces that are remembered at most; of more, those that were not used for longest are forgotten.
    private static let limit = 16
    /// Reading fewer files takes no longer than the cache does.
    static let leastFiles = 1_000

    init(directory: FilePath, workspace: FilePath) {
        self.directory = directory
        key = ContentHash(of: PathText.bytes(workspace)).sha256
    }

    /// A baseline as it was kept.
    struct Kept: Sendable {
        var files: BaselineList
        var table: FileTable
        var content: [UInt8]
        /// What was changed later is not known to it, in nanoseconds since 1970.
        var begun: Int
        var list: FilePath
        var contentFile: FilePath?
    }

    /// - Returns: nil where there is none that can be read.
    func read() async -> Kept? {
        let found = await BlockingPool.run { readList() }
        guard let found, let files = await BaselineList.read(found.bytes) else { return nil }
        async let kept = BlockingPool.run { try? EvidenceFiles.read(content(begun: found.begun), limit: 1 << 30) }
        let table = await BlockingPool.run { FileTable(files.paths) }
        return await Kept(
            files: files, table: table, content: kept ?? [], begun: found.begun, list: found.path,
            contentFile: kept == nil ? nil : content(begun: found.begun))
    }

    private func readList() -> (path: FilePath, begun: Int, bytes: [UInt8])? {
        guard let name = names().last(where: { $0.hasPrefix(key + ".") && $0.hasSuffix(".list") }) else { return nil }
        let words = name.split(separator: ".")
        let path = directory.appending(name)
        guard words.count == 3, let begun = Int(words[1]), let bytes = try? EvidenceFiles.read(path, limit: 1 << 30)
        else { return nil }
        return (path, begun, bytes)
    }

    private func content(begun: Int) -> FilePath { directory.appending("\(key).\(begun).content") }

    /// Takes the files of a baseline that is needed no more. A crash in the middle leaves a content without its list,
    /// which nobody reads.
    ///
    /// - Parameter begun: When that baseline was begun, in nanoseconds since 1970.
    func keep(list: FilePath, content: FilePath, begun: Int) {
        guard (try? EvidenceFiles.makeDirectory(directory)) != nil else { return }
        let old = names().filter { $0.hasPrefix(key + ".") }
        move(content, "\(key).\(begun).content")
        move(list, "\(key).\(begun).list")
        let kept = Set(["\(key).\(begun).content", "\(key).\(begun).list"])
        for name in old where !kept.contains(name) { remove(name) }
        forget()
    }

    private func forget() {
        let lists = names().filter { $0.hasSuffix(".list") }
        guard lists.count > Self.limit else { return }
        // The second word of a name is when it was kept.
        let oldest = lists.sorted {
            $0.split(separator: ".").dropFirst().first ?? "" < $1.split(separator: ".").dropFirst().first ?? ""
        }
        for name in oldest.prefix(lists.count - Self.limit) {
            remove(name)
            remove(String(name.dropLast("list".count)) + "content")
        }
    }

    private func names() -> [String] {
        guard let opened = try? Syscalls.open(directory, O_RDONLY | O_DIRECTORY),
            let names = try? Syscalls.names(opened, limit: 10_000)
        else { return [] }
        return names.map { PathText.shown($0) }.sorted()
    }

    private func move(_ path: FilePath, _ name: String) {
        _ = path.withPlatformString { from in directory.appending(name).withPlatformString { rename(from, $0) } }
    }

    private func remove(_ name: String) { _ = directory.appending(name).withPlatformString { unlink($0) } }
}
