import Blocking
import Dashboard
import JSON
import Spool

/// What is so of the whole, for readers of event streams: the switches, the agent's servers, the webhooks' queues.
///
/// Looked up once for all who ask while another look is under way: that one may have passed what they were told of.
actor LiveStatus {
    private let spool: SpoolDirectory
    private let readiness: @Sendable () async -> Readiness
    /// The look that was asked for last, and the one that has not begun.
    private var last: Task<JSONObject, Never>?
    private var next: Task<JSONObject, Never>?

    init(spool: SpoolDirectory, readiness: @escaping @Sendable () async -> Readiness) {
        self.spool = spool
        self.readiness = readiness
    }

    /// `{paused, closed, version, opencode, servers?, endpoints, dashboard}`, read after this was called. The last is by
    /// what a page knows that it is of an older program.
    func members() async -> JSONObject {
        if let next { return await next.value }
        let before = last
        let task = Task {
            _ = await before?.value
            next = nil
            return await look()
        }
        (last, next) = (task, task)
        return await task.value
    }

    /// The same as a text, and whether an endpoint has something to be sent.
    func report() async -> (text: String, isSending: Bool) {
        let members = await members()
        let isSending = members["endpoints"]?.array?.contains { $0["new"]?.int ?? 0 > 0 } ?? false
        return (JSONValue.object(members).compact, isSending)
    }

    private nonisolated func look() async -> JSONObject {
        var object = await readiness().details.object ?? [:]
        let seen = await BlockingPool.run { [spool] in
            // A queue that can't be read is shown by its own page.
            let endpoints = ((try? spool.endpoints()) ?? []).compactMap { try? spool.endpointStatus($0).json }
            return (isPaused: spool.isPaused, isClosed: spool.isClosed, endpoints: endpoints)
        }
        object["paused"] = .bool(seen.isPaused)
        object["closed"] = .bool(seen.isClosed)
        object["endpoints"] = .array(seen.endpoints)
        object["dashboard"] = .string(Dashboard.shared.version)
        return object
    }
}
