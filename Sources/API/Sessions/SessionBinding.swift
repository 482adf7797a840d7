import Blocking
import JSON
import SystemPackage
import TaskSource

/// What a body that should become a task says of a session to go on in, looked up at the server: the task works where
/// the session does, whatever `workspace` the body has (OpenLoom's dashboard leaves an old one in it).
struct SessionBinding: Sendable {
    /// What the task is read from.
    let body: JSONValue
    /// Where the session works; nil if the body names none, or if it can't be asked about and the body says where.
    let directory: FilePath?

    /// - Throws: ``Problem``: no server knows the session, no task may work where it does, or nobody can be asked and the
    ///   body does not say where it works.
    init(_ json: JSONValue, gateway: any AgentGateway, policy: WorkspacePolicy) async throws(Problem) {
        guard let id = Self.session(of: json) else {
            self.init(unbound: json)
            return
        }
        let given = Self.text(json, ["workspace", "cwd"])
        // Nothing is asked about a directory that no task may work in.
        let hints = await BlockingPool.run { [given.flatMap { policy.workspace($0)?.string }].compactMap(\.self) }
        let session: GatewaySession
        do {
            guard let found = try await gateway.session(id, among: hints) else { throw Problem.noSession(id) }
            session = found
        } catch let error as GatewayError {
            // Whoever says where can wait: before the prompt is sent, the session is looked at again.
            guard given != nil, error.code == .unavailable else { throw Problem(error) }
            self.init(unbound: json)
            return
        } catch {
            throw (error as? Problem) ?? Problem(.failure, "The session could not be looked up.")
        }
        let path = session.directory
        let objection = await BlockingPool.run { policy.objection(to: path) }
        if let objection {
            throw Problem(.unusableWorkspace, "The session \(id) works where no task can: \(objection)")
        }
        var object = json.object ?? [:]
        object["workspace"] = nil
        object["cwd"] = nil
        self.init(body: .object(object), directory: FilePath(path))
    }

    /// A body that names no session, or one that nobody can be asked about.
    init(unbound json: JSONValue) { self.init(body: json, directory: nil) }

    private init(body: JSONValue, directory: FilePath?) {
        self.body = body
        self.directory = directory
    }

    /// Whether a server has to be asked before a task can be made of the body.
    static func isAsked(of json: JSONValue) -> Bool { session(of: json) != nil }

    /// The session that a body names. What is no id at all the reader says.
    private static func session(of json: JSONValue) -> String? {
        text(json, ["sessionId", "session_id"]).flatMap { SessionFinder.isID($0) ? $0 : nil }
    }

    private static func text(_ json: JSONValue, _ names: [String]) -> String? {
        names.lazy.compactMap { json[$0]?.string }.map { text in
            text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }.first { !$0.isEmpty }
    }
}
