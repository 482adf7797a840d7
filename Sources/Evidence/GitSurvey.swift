import Blocking
import Glibc
import JSON
import SystemPackage

/// What git does not keep of files, as it was at the baseline: permissions beyond whether a file is executable, and that
/// there are FIFOs, sockets and devices.
struct GitSurvey: Sendable {
    /// The permissions of most files that are not executable, and of most that are.
    private var usual: [Bool: UInt32] = [:]
    /// Those of all others, by path; nil where there are too many to be kept.
    private var odd: [[UInt8]: UInt32]? = [:]
    private(set) var special: Set<[UInt8]> = []

    private static let kept = 10_000
    private static let sample = 64
    private static let bits: UInt32 = 0o7777

    init() {}

    /// Looks at all files once.
    ///
    /// - Parameter isProven: What else the look is to find out of each file, by its place: whether it passes it over.
    /// - Returns: The look as well, which touched files of other permissions than usual, and those that were not proven.
    static func take(
        _ workspace: FilePath, tree: WorkspaceTree, table: FileTable, scope: WorkspaceLook.Scope,
        isProven: @escaping @Sendable (Int, FileStatus) -> Bool = { _, _ in true }
    ) async throws(Errno) -> (survey: GitSurvey, look: WorkspaceLook, outcome: WorkspaceTree.Outcome) {
        let usual = try await BlockingPool.run { () throws(Errno) in try sampled(workspace, table) }
        var survey = usual
        let (look, outcome) = try await WorkspaceLook.take(workspace, tree: tree, table: table, scope: scope) {
            usual.isUsual($1) && isProven($0, $1)
        }
        let known = look.touched.map { place, status in (table.paths[place], status) }
        let odd = (known + look.new.map { ($0.path, $0.status) }).filter { !usual.isUsual($1) }
        survey.odd = odd.count > kept ? nil : [:]
        if odd.count <= kept { for (path, status) in odd { survey.odd?[path] = status.mode & bits } }
        survey.special = Set(look.new.filter { $0.status.kind == .other }.prefix(kept).map(\.path))
        return (survey, look, outcome)
    }

    /// With what is usual, going by a few files.
    private static func sampled(_ workspace: FilePath, _ table: FileTable) throws(Errno) -> GitSurvey {
        var survey = GitSurvey()
        let root = try Syscalls.open(workspace, O_RDONLY | O_DIRECTORY)
        var counts: [UInt32: Int] = [:]
        let step = max(1, table.paths.count / sample)
        for place in stride(from: 0, to: table.paths.count, by: step) {
            guard let status = try? Beneath.status(root, table.paths[place]), status.isRegular else { continue }
            counts[status.mode & bits, default: 0] += 1
        }
        for (mode, _) in counts.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            survey.usual[WalkComparison.executable(mode)] = mode
        }
        return survey
    }

    private func isUsual(_ status: FileStatus) -> Bool {
        !status.isRegular || usual[WalkComparison.executable(status.mode)] == status.mode & Self.bits
    }

    /// The permissions that a file had; nil where they are not known.
    func permissions(of path: [UInt8], now mode: UInt32) -> UInt32? {
        guard let odd else { return nil }
        // Whether it is executable has not changed, or git would have said so.
        return odd[path] ?? usual[WalkComparison.executable(mode)]
    }

    static func permissions(_ mode: UInt32) -> UInt32 { mode & bits }

    var json: JSONValue {
        func entry(_ path: [UInt8], _ mode: UInt32) -> JSONValue {
            .array([BaselineRecord.pathObject(path), .int(Int(mode))])
        }
        let listed = odd.map { odd in
            JSONValue.array(odd.sorted { Bytes.precedes($0.key, $1.key) }.map { entry($0.key, $0.value) })
        }
        return [
            "usual": .array(usual.values.sorted().map { .int(Int($0)) }), "odd": listed ?? .null,
            "special": .array(special.sorted(by: Bytes.precedes).map { BaselineRecord.pathObject($0) }),
        ]
    }

    init?(_ json: JSONValue) {
        guard let modes = json["usual"]?.array, let special = json["special"]?.array else { return nil }
        for mode in modes.compactMap({ $0.int.flatMap { UInt32(exactly: $0) } }) {
            usual[WalkComparison.executable(mode)] = mode
        }
        odd = nil
        if let list = json["odd"]?.array {
            var odd: [[UInt8]: UInt32] = [:]
            for pair in list {
                guard let path = pair[0].flatMap({ PathText.bytes(from: $0) }),
                    let mode = pair[1]?.int.flatMap({ UInt32(exactly: $0) })
                else { return nil }
                odd[path] = mode
            }
            self.odd = odd
        }
        self.special = Set(special.compactMap { PathText.bytes(from: $0) })
    }
}
