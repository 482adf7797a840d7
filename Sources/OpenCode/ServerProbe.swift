import JSON

/// Finds out what answers at an address, by content type and field, never by status alone. Writes nothing.
struct ServerProbe {
    let client: OpenCodeClient

    /// A probe of a server that is starting can hang.
    private static let timeout = Duration.seconds(2)

    /// The four probes, in this order, because each line also answers some of the later ones: 2.x serves a web page with
    /// status 200 at the 1.x path, and 1.x has a preview of 2.x that must not be used.
    func identify() async throws(AgentError) -> ServerIdentity {
        if let version = try await field("version", at: "/api/info") { throw unsupported(version) }
        if let version = try await field("version", at: "/api/status") { throw unsupported(version) }
        if let version = try await field("version", at: "/api/health") { throw unsupported(version) }
        let answer = try await client.exchange("GET", "/global/health", timeout: Self.timeout)
        guard answer.isJSON else {
            if answer.status == 200 { throw client.webPage(answer.status) }
            throw notOpenCode(answer.status)
        }
        guard answer.status == 200, let json = try? answer.json(), json["healthy"]?.bool == true,
            let version = json["version"]?.string
        else { throw notOpenCode(answer.status) }
        return ServerIdentity(wire: 1, version: version)
    }

    private func field(_ name: String, at path: String) async throws(AgentError) -> String? {
        let answer: OpenCodeClient.Answer
        do {
            answer = try await client.exchange("GET", path, timeout: Self.timeout)
        } catch  where error.code == .tooLarge {
            return nil
        }
        guard answer.status == 200, answer.isJSON else { return nil }
        return (try? answer.json())?[name]?.string
    }

    private func unsupported(_ version: String) -> AgentError {
        AgentError(
            .unsupported,
            "OpenCode \(version) answers at \(client.settings.url); this openloom speaks to OpenCode 1.15 to 1.18: "
                + "start that version there, or point opencode.url to one"
        )
    }

    private func notOpenCode(_ status: Int) -> AgentError {
        AgentError(
            .notAnAgent,
            "what answers at \(client.settings.url) is not OpenCode (GET /global/health gave status \(status)): "
                + "check opencode.url, and that `opencode serve` runs there",
            status: status
        )
    }
}
