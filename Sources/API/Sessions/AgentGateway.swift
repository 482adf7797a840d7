package import JSON

/// By which the API reaches the agent's servers. It knows none of them: services meet in the spool, and whoever puts
/// them together hands this in.
///
/// Every call is bounded in time and size.
package protocol AgentGateway: Sendable {
    /// What is known of the servers at this moment, without asking them; never empty.
    var servers: [GatewayServer] { get }

    /// The sessions of directories, of every server that takes the directory, newest first.
    ///
    /// - Parameters:
    ///   - most: So many of each directory.
    ///   - patience: What has not been said by then is left out, and `missing` tells.
    func sessions(in directories: [String], most: Int, within patience: Duration) async -> GatewaySessions

    /// A session by its id; nil when no server knows it.
    ///
    /// - Parameter directories: Where it may be; those that servers are asked by.
    func session(_ id: String, among directories: [String]) async throws(GatewayError) -> GatewaySession?

    /// The last messages, oldest first, `{info, parts}` each.
    func messages(of session: GatewaySession, last count: Int) async throws(GatewayError) -> [JSONValue]
    /// What the server says that the session changed.
    func diff(of session: GatewaySession) async throws(GatewayError) -> [JSONValue]
    func setArchived(_ isArchived: Bool, _ session: GatewaySession) async throws(GatewayError)
    /// With the sessions that it started.
    func delete(_ session: GatewaySession) async throws(GatewayError)

    /// Permissions that agents wait for in directories.
    func permissions(in directories: [String], within patience: Duration) async -> GatewayPermissions
    /// Answers this once. That it was taken does not prove that it was still open.
    func answer(_ permission: GatewayPermission, allowing: Bool) async throws(GatewayError)
}

/// What is known of a server.
package struct GatewayServer: Sendable, Hashable {
    package var url: String
    package var isUp: Bool
    /// For a person: what it is, or why it can't be used and how to mend it.
    package var message: String

    package init(url: String, isUp: Bool, message: String) {
        self.url = url
        self.isUp = isUp
        self.message = message
    }
}

package struct GatewaySession: Sendable, Hashable {
    package enum Activity: String, Sendable, Hashable {
        case idle, busy, retry
    }

    package var id: String
    package var directory: String
    package var parent: String?
    package var title: String
    /// Milliseconds since 1970.
    package var updated: Int
    package var archived: Int?
    /// Nil where nobody asked.
    package var activity: Activity?
    /// Of which server it is.
    package var server: String
    /// OpenLoom's session object.
    package var json: JSONObject

    package init(
        id: String, directory: String, parent: String?, title: String, updated: Int, archived: Int?,
        activity: Activity?, server: String, json: JSONObject
    ) {
        self.id = id
        self.directory = directory
        self.parent = parent
        self.title = title
        self.updated = updated
        self.archived = archived
        self.activity = activity
        self.server = server
        self.json = json
    }
}

package struct GatewaySessions: Sendable {
    package var sessions: [GatewaySession] = []
    /// What could not be had, for a person. Empty if this is all.
    package var missing: [String] = []

    package init() {}
}

package struct GatewayPermission: Sendable, Hashable {
    package var id: String
    package var session: String
    package var directory: String
    package var server: String
    package var permission: String
    package var patterns: [String]
    package var metadata: JSONValue?

    package init(
        id: String, session: String, directory: String, server: String, permission: String, patterns: [String],
        metadata: JSONValue?
    ) {
        self.id = id
        self.session = session
        self.directory = directory
        self.server = server
        self.permission = permission
        self.patterns = patterns
        self.metadata = metadata
    }
}

package struct GatewayPermissions: Sendable {
    package var permissions: [GatewayPermission] = []
    /// What could not be had, for a person. Empty if this is all.
    package var missing: [String] = []

    package init() {}
}

/// Why a server did not do or say what it was asked.
package struct GatewayError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        /// Nothing that we can work with answers, or not in time.
        case unavailable
        /// The server does not know the thing.
        case notFound
        /// This kind of server can't do that.
        case unsupported
        /// The server says no, or answers what makes no sense.
        case refused
    }

    package var code: Code
    /// For a person; holds no secret.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
