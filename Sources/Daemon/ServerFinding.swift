import Curl
package import DaemonConfiguration
package import JSON
import OpenCode

/// What answers where an OpenCode server should be, as found by asking once. Starts nothing and writes nothing.
package struct ServerFinding: Sendable {
    /// The server's URL in the configuration.
    package var name: String
    /// For a person: what it is, or what is wrong and how to mend it.
    package var message: String
    package var isUsable: Bool
    /// Whether nothing answers at all.
    package var isAbsent: Bool
    package var json: JSONValue

    /// Asks all servers of a configuration at the same time.
    package static func all(of configuration: Configuration) async -> [ServerFinding] {
        let curl = CurlClient()
        defer { curl.close() }
        let accesses = configuration.serverAccesses()
        return await withTaskGroup(of: (Int, ServerFinding).self) { group in
            for (index, access) in accesses.enumerated() {
                group.addTask { (index, await ask(OpenCodeServer(curl: curl, access: access), named: access.url)) }
            }
            var found: [(Int, ServerFinding)] = []
            for await finding in group { found.append(finding) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func ask(_ server: OpenCodeServer, named name: String) async -> ServerFinding {
        do throws(AgentError) {
            let identity = try await server.identify()
            return ServerFinding(
                name: name, message: identity.summary, isUsable: true, isAbsent: false,
                json: ReadinessReport.describe(identity))
        } catch {
            return ServerFinding(
                name: name, message: error.message, isUsable: false, isAbsent: error.code == .unreachable,
                json: ["ok": false, "message": .string(error.message)])
        }
    }
}
