import Blocking
import Hummingbird
import JSON
import Spool
import SystemPackage
import TaskSource

extension TaskRoutes {
    /// Accepts a task. It is durable when the answer goes out.
    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let body = try await request.collectBody(limit: maxBodyBytes, context: context)
        let created = await BlockingPool.run { submit(body) }
        let task = try created.get()
        return Response(
            json: [
                "ok": true,
                "taskId": .string(task.id.rawValue),
                "status": .string(task.status),
                "name": .string(task.name),
                "workspace": .string(task.spec?.workspace.string ?? ""),
                "sessionId": JSONValue(task.spec?.sessionID),
                "store_version": .int(observer.version),
            ]
        )
    }

    private func submit(_ body: [UInt8]) -> Result<TaskSnapshot, Problem> {
        do throws(Problem) {
            let spec = try read(body)
            return .success(try submit(spec, source: body))
        } catch {
            return .failure(error)
        }
    }

    private func read(_ body: [UInt8]) throws(Problem) -> TaskSpec {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: body)
        } catch {
            throw Problem(
                .badJSON, error.description,
                items: [Problem.Item(message: error.message, line: error.line, column: error.column)]
            )
        }
        do {
            return try reader.read(json: json, origin: TaskOrigin(.rest), now: .now())
        } catch {
            throw Problem(error)
        }
    }

    /// The task as it is after submission: with a `key` that is known it may have ended long ago.
    private func submit(_ spec: TaskSpec, source: [UInt8]) throws(Problem) -> TaskSnapshot {
        let id: TaskID
        do {
            id = try spool.submit(Submission(spec: spec, source: source, fileExtension: "json"))
        } catch {
            throw Problem(wholeSpool: error)
        }
        // What was accepted is accepted, whatever becomes of it in the meantime.
        return (try? spool.snapshot(id)) ?? TaskSnapshot(id: id, state: .new, spec: spec)
    }
}
