import Blocking
import Hummingbird
import JSON
import Spool
import Worktrees

/// `POST /api/tasks/{id}/merge` and `…/discard`: what becomes of the work of a task that has a worktree of its own.
///
/// Nothing that is not merged is removed but by `discard`, and then the branch is kept aside.
struct WorktreeRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver
    let maxBodyBytes: Int

    func add(to table: inout RouteTable) {
        table.on(.post, "/api/tasks/{id}/merge", .mergeTask) { request, context in
            let isUnproven = try Self.isUnproven(try await request.collectBody(limit: maxBodyBytes, context: context))
            let worktree = try await worktree(of: try context.taskID)
            guard worktree.isDone || isUnproven else {
                throw Problem(
                    .wrongState,
                    "The task has failed; look at what it left in \(worktree.record.path), and send {\"unproven\": true} "
                        + "to merge it all the same.")
            }
            let merged = try await finished { try await worktree.merge() }
            return answer(
                worktree,
                [
                    "into": JSONValue(merged.into), "commit": .string(merged.commit),
                    "was_merged": .bool(merged.wasMerged),
                ])
        }
        table.on(.post, "/api/tasks/{id}/discard", .discardTask) { _, context in
            let worktree = try await worktree(of: try context.taskID)
            let commit = try await finished { try await worktree.discard() }
            return answer(
                worktree, ["kept": .string(worktree.record.discardedReference), "commit": .string(commit)])
        }
    }

    private func worktree(of id: TaskID) async throws -> TaskWorktree {
        let spool = spool
        return try await asking { try await BlockingPool.run { try TaskWorktree(of: id, in: spool) } }
    }

    /// What `body` comes to. It goes on if whoever asked goes away: a merge is not left half done.
    private func finished<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(operation: body)
        return try await asking { try await task.value }
    }

    private func asking<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as WorktreeError {
            throw Problem(error)
        }
    }

    private func answer(_ worktree: TaskWorktree, _ fields: JSONObject) -> Response {
        var object: JSONObject = [
            "ok": true, "taskId": .string(worktree.id.rawValue), "branch": .string(worktree.record.branch),
        ]
        for (name, value) in fields { object[name] = value }
        object["store_version"] = .int(observer.version)
        return Response(json: .object(object))
    }

    /// Whether a task that failed is to be merged, too: a person says so.
    private static func isUnproven(_ body: [UInt8]) throws(Problem) -> Bool {
        if body.isEmpty { return false }
        guard let object = try JSONValue.body(body).object else { throw Problem.invalidBody("", "should be an object") }
        for (name, value) in object {
            guard name == "unproven" else { throw Problem.invalidBody("/\(name)", "is unknown; known: unproven") }
            guard value.bool != nil else { throw Problem.invalidBody("/unproven", "should be true or false") }
        }
        return object["unproven"]?.bool == true
    }
}

extension Problem {
    /// Why a worktree is neither merged nor discarded.
    fileprivate init(_ error: WorktreeError) {
        let kind: Kind =
            switch error.code {
            case .none: .wrongState
            case .noGit: .unsupported
            case .noRepository, .taken, .gone, .dirty, .conflict, .busy, .git: .worktreeConflict
            }
        self.init(kind, error.description)
    }
}
