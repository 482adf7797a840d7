import JSON
import Spool
import SystemPackage

/// A permission that a running task of ours waits for a person to decide: one of its `asks/`.
struct TaskPermission: Sendable {
    var task: TaskID
    var id: String
    /// In which the agent asked: the task's, or one that it started.
    var session: String
    /// The task's own.
    var taskSession: String?
    var permission: String
    var patterns: [String]

    var json: JSONValue {
        [
            "id": .string(id), "sessionId": .string(session), "permission": .string(permission),
            "patterns": JSONValue(patterns), "metadata": [:], "taskId": .string(task.rawValue),
        ]
    }

    /// All of them, read now. Blocks. What can't be read is left out: the task shows what is wrong with it.
    static func all(in spool: SpoolDirectory) throws(SpoolError) -> [TaskPermission] {
        var found: [TaskPermission] = []
        for id in try spool.list(.running) {
            let paths = spool.paths.task(id, in: .running)
            for name in (try? spool.openAsks(paths)) ?? [] {
                guard let ask = try? spool.readJSON(paths.asks.appending("\(name).json"), limit: 1 << 20),
                    ask["kind"]?.string == "permission", let session = ask["session"]?.string
                else { continue }
                found.append(
                    TaskPermission(
                        task: id, id: name, session: session, taskSession: try? spool.readWord(paths.session),
                        permission: ask["permission"]?.string ?? "",
                        patterns: ask["patterns"]?.array?.compactMap(\.string) ?? []))
            }
        }
        return found
    }
}

/// What is open: of tasks from the tree, of all others from the servers.
struct OpenPermissions {
    private(set) var list: [JSONValue] = []
    private(set) var missing: [String]

    /// An item has no place for more than this; a server may send any size.
    private static let largestMetadata = 16 * 1024

    init(ours: [TaskPermission], servers: GatewayPermissions, session: String? = nil) {
        missing = servers.missing
        var seen: Set<String> = []
        for one in ours where session == nil || one.session == session || one.taskSession == session {
            var object = one.json.object ?? [:]
            if let told = servers.permissions.first(where: { $0.id == one.id && $0.session == one.session }) {
                object["metadata"] = Self.metadata(told)
            }
            if seen.insert(one.id).inserted { list.append(.object(object)) }
        }
        for one in servers.permissions where session == nil || one.session == session {
            guard seen.insert(one.id).inserted else { continue }
            list.append([
                "id": .string(one.id), "sessionId": .string(one.session), "permission": .string(one.permission),
                "patterns": JSONValue(one.patterns), "metadata": Self.metadata(one), "taskId": .null,
            ])
        }
    }

    private static func metadata(_ permission: GatewayPermission) -> JSONValue {
        guard let metadata = permission.metadata, metadata.object != nil,
            metadata.compact.utf8.count <= largestMetadata
        else { return [:] }
        return metadata
    }
}
