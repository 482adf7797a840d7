import Console
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// 2026-11-23 12:00:00 UTC.
let noon = Timestamp(milliseconds: 1_795_435_200_000)

func context(_ width: Int, options: String = "") -> RenderContext {
    RenderContext(width: width, now: noon, home: "/home/ada", commandOptions: options, utcOffset: { _ in 0 })
}

func text(_ lines: [StyledText]) -> String {
    lines.map { $0.rendered(colors: false) + "\n" }.joined()
}

func id(_ text: String) throws -> TaskID { try #require(TaskID(text)) }

func spec(_ name: String, workspace: String = "/home/ada/src/shop", minutesAgo: Double = 5) -> TaskSpec {
    TaskSpec(
        name: name, workspace: FilePath(workspace), goal: "Do it.", created: noon.adding(seconds: -60 * minutesAgo),
        origin: TaskOrigin(.cli)
    )
}

/// A task as it would have been read.
func shown(
    _ code: String, _ name: String, _ state: TaskState, minutesAgo: Double = 5, waits: WaitReason? = nil,
    asks: [OpenAsk] = [], _ change: (inout TaskSnapshot) -> Void = { _ in }
) throws -> ShownTask {
    var snapshot = TaskSnapshot(
        id: try id("20261123T115000000-\(code)-task"), state: state, spec: spec(name, minutesAgo: minutesAgo))
    snapshot.changed = noon.adding(seconds: -60 * minutesAgo)
    snapshot.asks = asks.map(\.id)
    change(&snapshot)
    return ShownTask(
        snapshot: snapshot, shortID: code,
        started: state == .running ? noon.adding(seconds: -60 * minutesAgo) : nil, asks: asks, waitReason: waits)
}

let permission = OpenAsk(
    id: "per_1", json: ["kind": "permission", "permission": "bash", "patterns": ["rm -rf build"]])

/// A spool in a directory of its own that is gone after the test.
final class TemporarySpool {
    let spool: SpoolDirectory
    private let root: FilePath

    init() throws {
        var template = Array("/tmp/console-tests.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        root = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        spool = try SpoolDirectory(initializing: root.appending("spool"))
    }

    deinit {
        try? spool.remove(tree: root)
    }

    /// Submits a task.
    func submit(_ name: String, _ change: (inout TaskSpec) -> Void = { _ in }) throws -> TaskID {
        var spec = TaskSpec(
            name: name, workspace: "/tmp", goal: "Do it.", created: .now(), origin: TaskOrigin(.cli))
        change(&spec)
        return try spool.submit(Submission(spec: spec, source: Array("Do it.".utf8), fileExtension: "txt"))
    }

    func run(_ id: TaskID) throws {
        _ = try spool.claim(id, owner: NodeIdentity(node: "tower", pid: 1, bootID: "b"))
    }

    func end(_ id: TaskID, _ verdict: Verdict, reason: String = "") throws {
        try spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: reason))
    }

    func ask(_ name: String, _ json: JSONValue, of id: TaskID) throws {
        let asks = spool.paths.task(id, in: .running).asks
        try spool.makeDirectory(asks)
        try DurableFile.write(json.pretty, to: asks.appending("\(name).json"))
    }
}

extension SpoolDirectory {
    fileprivate func remove(tree path: FilePath) throws {
        if let names = try? entries(of: path) {
            for name in names { try remove(tree: path.appending(name)) }
            rmdir(path.string)
        } else {
            unlink(path.string)
        }
    }
}

extension TemporarySpool {
    /// Gives a task in `new/` a chosen name, as somebody may by hand.
    func rename(_ id: TaskID, to name: String) throws -> TaskID {
        let renamed = try #require(TaskID(name))
        let (from, to) = (spool.paths.task(id, in: .new).directory, spool.paths.task(renamed, in: .new).directory)
        try #require(Glibc.rename(from.string, to.string) == 0)
        return renamed
    }
}
