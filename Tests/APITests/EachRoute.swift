import API
import Dashboard
import JSON
import Spool
import SystemPackage

/// A request for each route that succeeds.
struct EachRoute {
    var method = "GET"
    var path: String
    var headers: [(String, String)] = []
    var body: JSONValue?
    /// Its answer has no end.
    var isStream = false

    static func requests(_ api: RunningAPI) async throws -> [EachRoute] {
        func post(_ path: String, _ body: JSONValue? = nil) -> EachRoute {
            EachRoute(method: "POST", path: path, body: body)
        }
        let task = "/api/tasks/\(try api.files.submit())"
        let working = try api.files.running()
        let asks = api.spool.paths.task(working, in: .running).asks
        try makeDirectory(asks)
        try DurableFile.write("{}", to: asks.appending("per_1.json"))
        let ended = "/api/tasks/\(try api.files.ended(.error, reason: "the model refused"))"
        let merged = try await api.files.endedInWorktree(named: "merged", writing: ["a.txt": "a"])
        let discarded = try await api.files.endedInWorktree(named: "discarded", writing: ["b.txt": "b"])
        let hook = "/api/webhooks/outbox/\(try endpoint(in: api.files.spool))"
        let workspace = api.files.workspace.string
        api.gateway.set { state in
            state.isUp = true
            state.sessions = [StubGateway.session("ses_9", in: workspace)]
            state.permissions = [
                GatewayPermission(
                    id: "per_9", session: "ses_9", directory: workspace, server: "http://stub", permission: "bash",
                    patterns: ["ls"], metadata: nil)
            ]
        }
        let session = "/api/sessions/ses_9"
        try DurableFile.write(
            "every: 24h\ntask: {goal: Tidy up., workspace: \(workspace)}\n",
            to: api.spool.paths.schedules.appending("nightly.yaml"))
        let sessions = [
            EachRoute(path: "/api/sessions"), EachRoute(path: "\(session)/messages"),
            EachRoute(path: "\(session)/diff"), post("\(session)/archive"),
            EachRoute(method: "DELETE", path: "\(session)/archive"), EachRoute(path: "/api/permissions"),
            post("\(session)/permissions/per_9", ["response": "once"]), post("\(session)/delete"),
            EachRoute(path: "/api/recent-workspaces"), EachRoute(path: "/api/browse?path=\(workspace)"),
            EachRoute(method: "DELETE", path: "/api/recent-workspaces?path=\(workspace)"),
            post("/api/pick-folder"), EachRoute(path: "/api/usage"),
        ]
        return sessions + [
            EachRoute(path: "/livez"), EachRoute(path: "/readyz"), EachRoute(path: "/metrics"),
            EachRoute(path: "/api/state"), EachRoute(path: "/api/overview"),
            EachRoute(path: "/"), EachRoute(path: "/dashboard/\(Dashboard.shared.version)/app.js"),
            post("/api/tasks", api.body()), EachRoute(path: "/api/tasks"), EachRoute(path: task),
            EachRoute(path: "/api/events", isStream: true), EachRoute(path: "\(task)/events", isStream: true),
            post("\(task)/hold"), post("\(task)/release"), post("\(task)/pause"), post("\(task)/resume"),
            EachRoute(path: "\(task)/files"), EachRoute(path: "\(task)/files/task.json"),
            EachRoute(path: "/api/tasks/\(working)/asks"),
            post("/api/tasks/\(working)/asks/per_1/answer", ["answer": "once"]),
            post("\(ended)/archive"), post("\(ended)/unarchive"),
            post("/api/tasks/bulk", ["action": "hold", "filter": ["state": "done,pending"]]),
            EachRoute(path: "/api/schedules"), EachRoute(path: "/api/schedules/nightly"),
            post("/api/schedules/nightly/run"), post("/api/schedules/nightly/disable"),
            post("/api/schedules/nightly/enable"),
            post("/api/tasks/\(merged)/merge"), EachRoute(path: "/api/tasks/\(merged)/result"),
            post("/api/tasks/\(discarded)/discard"),
            EachRoute(path: "/api/pause"), EachRoute(method: "PUT", path: "/api/pause"),
            EachRoute(method: "DELETE", path: "/api/pause"), EachRoute(path: "/api/closed"),
            EachRoute(method: "PUT", path: "/api/closed"), EachRoute(method: "DELETE", path: "/api/closed"),
            post("\(task)/abort"), post("\(ended)/retry"), EachRoute(method: "DELETE", path: task),
            EachRoute(path: "/api/webhooks/outbox"), EachRoute(path: hook), EachRoute(path: "\(hook)/1"),
            EachRoute(path: "/api/webhooks/sources"),
            post("\(hook)/test"), post("/api/webhooks/generic", api.body()), post("\(hook)/1/retry"),
            post("\(hook)/retry"),
            post("/api/tasks/\(try api.files.running())/complete"), post("/api/tasks/clear-completed"),
        ]
    }

    /// An endpoint with a delivery that was given up.
    private static func endpoint(in spool: SpoolDirectory) throws -> EndpointName {
        guard let endpoint = EndpointName("hooks"), let task = TaskID("task-1") else { throw SpoolUnusable() }
        try spool.makeEndpoint(endpoint, about: ["url": "https://hooks.example", "format": "openloom"])
        let event = TaskEvent(number: 1, kind: .completed, id: task, name: "a task", status: "completed")
        let delivery = OutboxDelivery(
            name: DeliveryName(event), id: "hal-1", created: .now(), body: .json(["event": "TASK_COMPLETED"]))
        _ = try spool.createDelivery(delivery, for: endpoint)
        let attempt = DeliveryAttempt(
            number: 1, time: .now(), outcome: .failed, status: 404, error: "no such hook", milliseconds: 3)
        try spool.append(attempt, to: delivery.name, of: endpoint)
        try spool.moveDelivery(delivery.name, of: endpoint, from: .new, to: .failed)
        return endpoint
    }

    private struct SpoolUnusable: Error {}
}
