import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool
import SystemPackage
import TaskSource
import WebhookSources

/// `POST /api/webhooks/{source}`: another service has a task made of what happens there.
///
/// A source that proves itself by a signature needs no token: services that send webhooks can't show one.
struct WebhookSourceRoutes: Sendable {
    let sources: [WebhookSource]
    let spool: SpoolDirectory
    let observer: TaskObserver
    let reader: TaskSourceReader
    let maxBodyBytes: Int

    /// Paths on which the signature is asked for instead of a token.
    static func signedPaths(_ sources: [WebhookSource]) -> Set<String> {
        Set(sources.filter { $0.verification.scheme != .none }.map { "/api/webhooks/\($0.name)" })
    }

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/webhooks/sources", .listSources) { _, _ in
            Response(json: ["sources": .array(sources.map(\.json))])
        }
        table.on(.post, "/api/webhooks/{source}", .takeWebhook, needs: .submit, take)
    }

    @Sendable private func take(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let name = try context.parameters.require("source")
        guard let source = sources.first(where: { $0.name == name }) else {
            throw Problem(
                .notFound, "No source is called \"\(name.prefix(80))\"; GET /api/webhooks/sources lists them.")
        }
        let body = try await request.collectBody(limit: maxBodyBytes, context: context)
        let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
        let incoming = SourceRequest(headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }), body: body)
        let members: JSONObject
        do throws(SourceRejection) {
            members = try source.task(from: incoming, now: Timestamp.now().seconds)
        } catch {
            return try answer(error)
        }
        let made = await BlockingPool.run { submit(members, source: source.name, body: body) }
        let task = try made.get()
        return Response(
            json: [
                "ok": true, "taskId": .string(task.id.rawValue), "status": .string(task.status),
                "name": .string(task.name), "workspace": .string(task.spec?.workspace.string ?? ""),
                "sessionId": JSONValue(task.spec?.sessionID), "source": .string(source.name),
                "store_version": .int(observer.version),
            ])
    }

    /// What fits no rule was delivered all the same: a service must not send it again.
    private func answer(_ rejection: SourceRejection) throws(Problem) -> Response {
        switch rejection.code {
        case .ignored: return Response(json: ["ok": true, "action": "ignored", "reason": .string(rejection.reason)])
        case .unauthorized: throw Problem(.unauthorized, rejection.reason)
        case .invalid: throw Problem(.invalidTask, rejection.reason)
        }
    }

    /// The task as it is after submission. What came in is its source, byte for byte.
    private func submit(_ members: JSONObject, source: String, body: [UInt8]) -> Result<TaskSnapshot, Problem> {
        let spec: TaskSpec
        do {
            spec = try reader.read(
                json: .object(members), origin: TaskOrigin(.webhook, source: source), now: .now())
        } catch {
            return .failure(Problem(error))
        }
        do {
            let id = try spool.submit(Submission(spec: spec, source: body, fileExtension: "json"))
            return .success((try? spool.snapshot(id)) ?? TaskSnapshot(id: id, state: .new, spec: spec))
        } catch {
            return .failure(Problem(wholeSpool: error))
        }
    }
}
