import Blocking
import Hummingbird
import JSON
import Spool
import SystemPackage
import TaskSource

extension TaskRoutes {
    /// Accepts a task. It is durable when the answer goes out.
    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let key = try IdempotencyKey.of(request)
        let body = try await request.collectBody(limit: maxBodyBytes, context: context)
        let task: TaskSnapshot
        switch await BlockingPool.run({ begin(body, key, request) }) {
        case .ended(let result): task = try result.get()
        case .bound(let json):
            let binding = try await SessionBinding(json, gateway: gateway, policy: reader.workspaces)
            task = try await BlockingPool.run { submit(body, key, request, binding) }.get()
        }
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

    private enum Beginning: Sendable {
        case ended(Result<TaskSnapshot, Problem>)
        /// A task that is to go on in a session, which has to be asked for.
        case bound(JSONValue)
    }

    /// Submits what needs nobody else, as nearly all do. Blocks.
    private func begin(_ body: [UInt8], _ key: IdempotencyKey?, _ request: Request) -> Beginning {
        if let type = request.mediaTypes.first, type != "application/json" {
            return .ended(submit(body, key, request, nil))
        }
        do throws(Problem) {
            let json = try JSONValue.body(body)
            if SessionBinding.isAsked(of: json) { return .bound(json) }
            return .ended(submit(body, key, request, SessionBinding(unbound: json)))
        } catch {
            return .ended(.failure(error))
        }
    }

    private func submit(
        _ body: [UInt8], _ key: IdempotencyKey?, _ request: Request, _ binding: SessionBinding?
    ) -> Result<TaskSnapshot, Problem> {
        do throws(Problem) {
            var submission = try read(body, request, binding)
            try key?.apply(to: &submission.spec)
            let task = try submit(submission)
            try key?.check(submission.source.bytes, submission.source.fileExtension, is: task.id, in: spool)
            return .success(task)
        } catch {
            return .failure(error)
        }
    }

    private func read(_ body: [UInt8], _ request: Request, _ binding: SessionBinding?) throws(Problem) -> Submission {
        guard let binding else {
            return try read(TaskUpload(body, type: request.mediaTypes.first ?? "", request))
        }
        do {
            let spec = try reader.read(
                json: binding.body, origin: TaskOrigin(.rest), now: .now(), sessionDirectory: binding.directory)
            return Submission(spec: spec, source: body, fileExtension: "json")
        } catch {
            throw Problem(error)
        }
    }

    /// As the inbox would read the file.
    private func read(_ upload: TaskUpload) throws(Problem) -> Submission {
        do {
            let spec = try reader.read(
                bytes: upload.bytes, fileName: upload.fileName, project: upload.project, workspace: upload.workspace,
                origin: TaskOrigin(.rest, source: upload.fileName), now: .now())
            let format = TaskFormat(fileName: upload.fileName)?.rawValue ?? "txt"
            return Submission(spec: spec, source: upload.bytes, fileExtension: format)
        } catch {
            throw Problem(error)
        }
    }

    /// The task as it is after submission: with a `key` that is known it may have ended long ago.
    private func submit(_ submission: Submission) throws(Problem) -> TaskSnapshot {
        let id: TaskID
        do {
            id = try spool.submit(submission)
        } catch {
            throw Problem(wholeSpool: error)
        }
        // What was accepted is accepted, whatever becomes of it in the meantime.
        let accepted = TaskSnapshot(id: id, state: .new, spec: submission.spec)
        return submission.spec.key == nil ? accepted : (try? spool.snapshot(id)) ?? accepted
    }
}
