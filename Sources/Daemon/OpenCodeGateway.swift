import API
import Dispatcher
import JSON
import OpenCode
import Spool
import SystemPackage

/// The API's way to the OpenCode servers that the dispatcher works with: those that are up, each for the directories
/// that are its own.
///
/// Nothing is asked of a server that is down, so that none is started or waited for because somebody looks at a page.
struct OpenCodeGateway: AgentGateway {
    let backends: [Backend]

    /// How long one question may take.
    private static let patience = Duration.seconds(10)
    /// Requests of one question at the same time.
    private static let atOnce = 8

    var servers: [GatewayServer] {
        backends.map { backend in
            switch backend.monitor.condition {
            case .unknown: GatewayServer(url: backend.name, isUp: false, message: "the server was not asked yet")
            case .down(let error): GatewayServer(url: backend.name, isUp: false, message: error.message)
            case .up(let identity, _): GatewayServer(url: identity.url, isUp: true, message: identity.summary)
            }
        }
    }

    // MARK: lists

    func sessions(in directories: [String], most: Int, within patience: Duration) async -> GatewaySessions {
        var found = GatewaySessions()
        var seen: Set<String> = []
        found.missing = await each(directories, within: patience) {
            backend, directory async throws(AgentError) in
            // The states first: what ends in between is then shown as busy once more, and not as idle too early.
            let activities = try await backend.server.activities(in: directory)
            return try await backend.server.records(in: directory, limit: most).map { record in
                Self.session(record, activities[record.session.id] ?? "idle", of: backend)
            }
        } take: { (sessions: [GatewaySession]) in
            found.sessions += sessions.filter { seen.insert($0.id).inserted }
        }
        found.sessions.sort { ($0.updated, $0.id) > ($1.updated, $1.id) }
        return found
    }

    func permissions(in directories: [String], within patience: Duration) async -> GatewayPermissions {
        var found = GatewayPermissions()
        var seen: Set<String> = []
        found.missing = await each(directories, within: patience) {
            backend, directory async throws(AgentError) in
            try await backend.server.asks(in: directory).filter { $0.kind == .permission }.map { ask in
                GatewayPermission(
                    id: ask.id, session: ask.session, directory: directory, server: backend.name,
                    permission: ask.permission, patterns: ask.patterns, metadata: ask.metadata)
            }
        } take: { (permissions: [GatewayPermission]) in
            found.permissions += permissions.filter { seen.insert($0.id).inserted }
        }
        found.permissions.sort { $0.id < $1.id }
        return found
    }

    private struct Job: Sendable {
        var backend: Backend
        var directory: String
    }

    /// Asks about every directory at the servers that have it.
    ///
    /// - Returns: What could not be had, for a person.
    private func each<Value: Sendable>(
        _ directories: [String], within patience: Duration,
        _ ask: @escaping @Sendable (Backend, String) async throws(AgentError) -> Value, take: (Value) -> Void
    ) async -> [String] {
        var missing: [String] = []
        var jobs: [Job] = []
        for directory in directories {
            for backend in backends.having(FilePath(directory)) {
                if backend.isUp {
                    jobs.append(Job(backend: backend, directory: directory))
                } else {
                    missing.append(backend.absence)
                }
            }
        }
        let end = ContinuousClock.now + patience
        await withTaskGroup(of: Result<Value, AgentError>.self) { group in
            var waiting = jobs[...]
            func next() {
                guard let job = waiting.popFirst() else { return }
                group.addTask {
                    do throws(AgentError) {
                        return .success(
                            try await bounded(within: max(.zero, end - .now)) { () async throws(AgentError) in
                                try await ask(job.backend, job.directory)
                            })
                    } catch {
                        var error = error
                        error.message = "\(job.directory): \(error.message)"
                        return .failure(error)
                    }
                }
            }
            for _ in 0..<Self.atOnce { next() }
            for await result in group {
                switch result {
                case .success(let value): take(value)
                case .failure(let error): missing.append(error.message)
                }
                next()
            }
        }
        return Set(missing).sorted()
    }

    // MARK: one session

    func session(_ id: String, among directories: [String]) async throws(GatewayError) -> GatewaySession? {
        var absent: String?
        for backend in backends {
            guard backend.isUp else {
                absent = backend.absence
                continue
            }
            let places = directories.filter { backend.has(FilePath($0)) }
            let found = try await asking { () async throws(AgentError) -> GatewaySession? in
                // Wire 1 knows sessions by directory in some versions; each that we know is asked about. Without any, the
                // server looks where it is itself.
                for directory in places.isEmpty ? [""] : places {
                    if let record = try await backend.server.record(id, in: directory) {
                        return Self.session(record, nil, of: backend)
                    }
                    if backend.monitor.condition.identity?.wire == 2 { break }
                }
                return nil
            }
            if let found { return found }
        }
        // It may be at the one that could not be asked.
        if let absent { throw GatewayError(.unavailable, absent) }
        return nil
    }

    func messages(of session: GatewaySession, last count: Int) async throws(GatewayError) -> [JSONValue] {
        let backend = try backend(of: session.server)
        return try await asking { () async throws(AgentError) in
            try await backend.server.messages(of: session.agentSession, last: count)
        }
    }

    func diff(of session: GatewaySession) async throws(GatewayError) -> [JSONValue] {
        let backend = try backend(of: session.server)
        return try await asking { () async throws(AgentError) in
            try await backend.server.differences(of: session.agentSession)
        }
    }

    func setArchived(_ isArchived: Bool, _ session: GatewaySession) async throws(GatewayError) {
        let backend = try backend(of: session.server)
        let time = isArchived ? Timestamp.now().milliseconds : nil
        try await asking { () async throws(AgentError) in
            try await backend.server.setArchived(time, session.agentSession)
        }
    }

    func delete(_ session: GatewaySession) async throws(GatewayError) {
        let backend = try backend(of: session.server)
        try await asking { () async throws(AgentError) in try await backend.server.delete(session.agentSession) }
    }

    func answer(_ permission: GatewayPermission, allowing: Bool) async throws(GatewayError) {
        let backend = try backend(of: permission.server)
        let ask = AgentAsk(
            id: permission.id, kind: .permission, session: permission.session, permission: permission.permission,
            patterns: permission.patterns)
        let refusal = "A person refused this. Go on without it, or say why that is impossible."
        try await asking { () async throws(AgentError) in
            try await backend.server.answer(
                ask, allowing ? .once : .reject(message: refusal), in: permission.directory)
        }
    }

    // MARK: helpers

    private func backend(of name: String) throws(GatewayError) -> Backend {
        guard let backend = backends.first(where: { $0.name == name }) else {
            throw GatewayError(.notFound, "there is no server \(name) any more")
        }
        if !backend.isUp { throw GatewayError(.unavailable, backend.absence) }
        return backend
    }

    private func asking<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(AgentError) -> Value
    ) async throws(GatewayError) -> Value {
        do throws(AgentError) {
            return try await bounded(within: Self.patience, body)
        } catch {
            throw GatewayError(error)
        }
    }

    private static func session(_ record: SessionRecord, _ activity: String?, of backend: Backend) -> GatewaySession {
        var json = record.json
        json["created"] = .double(Double(record.created ?? 0) / 1000)
        json["updated"] = .double(Double(record.updated ?? 0) / 1000)
        return GatewaySession(
            id: record.session.id, directory: record.session.directory, parent: record.session.parent,
            title: record.session.title, updated: record.updated ?? 0, archived: record.archived,
            activity: activity.map { GatewaySession.Activity(rawValue: $0) ?? .busy }, server: backend.name, json: json)
    }
}

extension Backend {
    fileprivate var isUp: Bool { monitor.condition.identity != nil }

    fileprivate func has(_ directory: FilePath) -> Bool { ![self].having(directory).isEmpty }

    /// Why it can't be asked.
    fileprivate var absence: String {
        if case .down(let error) = monitor.condition { return error.message }
        return "the server at \(name) was not asked yet"
    }
}

extension GatewaySession {
    fileprivate var agentSession: AgentSession {
        AgentSession(id: id, directory: directory, title: title, parent: parent)
    }
}

extension GatewayError {
    fileprivate init(_ error: AgentError) {
        let code: Code =
            switch error.code {
            case .unreachable, .unauthorized, .notAnAgent, .unsupported, .cancelled: .unavailable
            case .notFound: .notFound
            case .refused where error.status == 501: .unsupported
            case .refused, .tooLarge, .malformed: .refused
            }
        self.init(code, error.message)
    }
}

/// What `body` comes to, or that it took too long; then it is cancelled.
private func bounded<Value: Sendable>(
    within patience: Duration, _ body: @escaping @Sendable () async throws(AgentError) -> Value
) async throws(AgentError) -> Value {
    let result = await withTaskGroup(of: Result<Value, AgentError>?.self) { group in
        group.addTask {
            do throws(AgentError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        group.addTask {
            try? await Task.sleep(for: patience)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
    guard let result else { throw AgentError(.unreachable, "the OpenCode server takes too long to answer") }
    return try result.get()
}
