import Blocking
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Spool
import TaskSource

/// `/api/tasks`: to create, list, show, change and delete tasks.
struct TaskRoutes: Sendable {
    let spool: SpoolDirectory
    let index: TaskIndex
    let shelf: TaskShelf
    let observer: TaskObserver
    let reader: TaskSourceReader
    let maxBodyBytes: Int
    let gateway: any AgentGateway
    let lists = SharedAnswers<TaskList.Question, Result<TaskList, SpoolError>>()

    func add(to table: inout RouteTable) {
        table.on(.post, "/api/tasks", .createTask, needs: .submit, isBrief: true, create)
        table.on(.get, "/api/tasks", .listTasks, isBrief: true, list)
        table.on(.get, "/api/tasks/{id}", .showTask, isBrief: true, show)
        table.on(.delete, "/api/tasks/{id}", .deleteTask, delete)
        table.on(.post, "/api/tasks/clear-completed", .clearCompleted, clearCompleted)
        for operation in TaskOperation.allCases {
            table.on(.post, "/api/tasks/{id}/\(operation.rawValue)", .change(operation)) { request, context in
                try await change(operation, request, context)
            }
        }
    }

    @Sendable private func delete(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        try await checkPrecondition(request, id)
        try await BlockingPool.run { () throws(SpoolError) in try spool.remove(id) }
        return Response(
            json: [
                "ok": true, "taskId": .string(id.rawValue), "deleted": true, "store_version": .int(observer.version),
            ]
        )
    }

    private func change(
        _ operation: TaskOperation, _ request: Request, _ context: APIRequestContext
    ) async throws -> Response {
        let id = try context.taskID
        try await checkPrecondition(request, id)
        let after = try await BlockingPool.run { () throws(SpoolError) -> TaskSnapshot? in
            try operation.perform(on: id, in: spool)
            // Done is done, even if somebody deletes the task at this moment.
            return try? spool.snapshot(id)
        }
        var answer: JSONObject = [
            "ok": true,
            "taskId": .string(id.rawValue),
            "status": JSONValue(after?.status),
            "store_version": .int(observer.version),
        ]
        if operation == .abort {
            answer["sessionId"] = JSONValue(after?.session)
            answer["aborted"] = true
        }
        return Response(json: .object(answer))
    }
}

extension APIRequestContext {
    /// The task that the path names.
    var taskID: TaskID {
        get throws {
            let text = try parameters.require("id")
            guard let id = TaskID(text) else { throw Problem.noTask(text) }
            return id
        }
    }
}
