import Blocking
import JSON
import NIOCore
import Spool

/// What goes over an event stream, as text.
///
/// The text of an event is made once for all who read it: a thousand readers must not mean a thousand reads of a task
/// for each event. A frame is what was so when the event was told; it is never used for an answer.
actor EventFrames {
    private let spool: SpoolDirectory
    nonisolated let view: TaskView
    private var made: [Int: Task<ByteBuffer, Never>] = [:]
    private var order: [Int] = []

    /// How many are kept. Readers that are further behind have them made again.
    private static let kept = 128

    init(spool: SpoolDirectory, view: TaskView = .full) {
        self.spool = spool
        self.view = view
    }

    /// How long a browser waits before it connects again, in milliseconds; part of whatever event comes first.
    static let opening = ByteBuffer(string: "retry: 1000\n")

    static func heartbeat(version: Int) -> ByteBuffer {
        ByteBuffer(string: "event: heartbeat\ndata: {\"store_version\":\(version)}\n\n")
    }

    static func snapshotHead(version: Int) -> ByteBuffer {
        let data = "{\"type\":\"snapshot\",\"store_version\":\(version),\"tasks\":["
        return ByteBuffer(string: "event: snapshot\nid: \(version)\ndata: \(data)")
    }

    static let snapshotEnd = ByteBuffer(string: "]}\n\n")

    static func resync(version: Int, reason: String) -> ByteBuffer {
        let data: JSONValue = ["type": "resync", "store_version": .int(version), "reason": .string(reason)]
        return ByteBuffer(string: "event: resync\ndata: \(data.compact)\n\n")
    }

    func frame(of event: TaskEvent) async -> ByteBuffer {
        if let known = made[event.number] { return await known.value }
        let making = Task { ByteBuffer(string: await text(of: event)) }
        made[event.number] = making
        order.append(event.number)
        if order.count > Self.kept { made[order.removeFirst()] = nil }
        return await making.value
    }

    private nonisolated func text(of event: TaskEvent) async -> String {
        "event: task\nid: \(event.number)\ndata: \(JSONValue.object(await data(of: event)).compact)\n\n"
    }

    /// Our fields and those of OpenLoom 0.17 (`type`, `timestamp`, `timestamp_iso`, `store_version`, `data`), with the
    /// task as it is when this goes out; `null` if it is gone.
    private nonisolated func data(of event: TaskEvent) async -> JSONObject {
        var data = event.json.object ?? [:]
        data["type"] = .string(event.kind.rawValue)
        data["timestamp"] = .double(event.time.seconds)
        data["timestamp_iso"] = .string(event.time.iso8601)
        data["store_version"] = .int(event.number)
        data["data"] = ["status": .string(event.status)]
        data["task"] = await task(event.id) ?? .null
        return data
    }

    /// `event: activity`: what an agent does now; nil if the task is gone. It has no number: nothing became true.
    nonisolated func activity(of id: TaskID) async -> ByteBuffer? {
        guard let task = await task(id) else { return nil }
        let data: JSONValue = ["type": "activity", "task": task]
        return ByteBuffer(string: "event: activity\ndata: \(data.compact)\n\n")
    }

    /// The task as it is now; nil if it is gone.
    nonisolated func task(_ id: TaskID) async -> JSONValue? {
        let document = try? await BlockingPool.run { [spool, view] () throws(SpoolError) in try spool.document(id, view)
        }
        return document.map { .object($0) }
    }
}
