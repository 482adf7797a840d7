import JSON

/// Finds out what answers at an address, by content type and field, never by status alone. Writes nothing.
struct ServerProbe {
    let client: OpenCodeClient
    let candidate: ServerCandidate

    /// A probe of a server that is starting can hang.
    private static let timeout = Duration.seconds(2)
    private static let specificationLimit = 8 << 20
    private static let oldest1 = VersionNumber(1, 15, 0)
    private static let oldest2 = VersionNumber(2, 0, 6)
    /// The newest releases whose answers were compared with what we expect. Later ones must show what they can do.
    private static let newest1 = VersionNumber(1, 18, Int.max)
    private static let newest2 = VersionNumber(2, 0, 27)

    /// The four probes, in this order, because each line also answers some of the later ones: 2.x serves a web page with
    /// status 200 at the 1.x path, and 1.x has a preview of 2.x that must not be used.
    func identify() async throws(AgentError) -> ServerIdentity {
        if let info = try await versioned("/api/info") { return try await second(info) }
        if let status = try await versioned("/api/status") { return try await second(status) }
        // Without a version this is the preview that 1.16 and later serve beside their own API.
        if let health = try await versioned("/api/health") { return try await second(health) }
        let answer = try await client.exchange("GET", "/global/health", timeout: Self.timeout)
        guard answer.isJSON else {
            if answer.status == 200 { throw client.webPage(answer.status) }
            throw notOpenCode(answer.status)
        }
        guard answer.status == 200, let json = try? answer.json(), json["healthy"]?.bool == true,
            let version = json["version"]?.string
        else { throw notOpenCode(answer.status) }
        return try await first(version)
    }

    private func versioned(_ path: String) async throws(AgentError) -> JSONValue? {
        let answer: OpenCodeClient.Answer
        do {
            answer = try await client.exchange("GET", path, timeout: Self.timeout)
        } catch  where error.code == .tooLarge {
            return nil
        }
        guard answer.status == 200, answer.isJSON, let json = try? answer.json(), json["version"]?.string != nil else {
            return nil
        }
        return json
    }

    private func first(_ version: String) async throws(AgentError) -> ServerIdentity {
        let numbers = VersionNumber(version)
        if let numbers, numbers < Self.oldest1 { throw update(version, "1.15 to 1.18, or 2.0.6 and later") }
        if numbers.map({ $0 > Self.newest1 }) ?? true { try await examine(.wire1, at: "/doc", version) }
        return identity(wire: 1, version, pid: nil)
    }

    private func second(_ info: JSONValue) async throws(AgentError) -> ServerIdentity {
        let version = info["version"]?.string ?? ""
        let numbers = VersionNumber(version)
        if let numbers, numbers < Self.oldest2 { throw update(version, "2.0.6 and later") }
        if numbers.map({ $0 > Self.newest2 }) ?? true { try await examine(.wire2, at: "/openapi.json", version) }
        let pid = info["pid"]?.int
        if let expected = candidate.pid, let pid, pid != expected {
            throw AgentError(
                .unreachable,
                "the process that answers at \(candidate.url) has the number \(pid), and the registration names "
                    + "\(expected): waiting for the server to register again; if it does not, restart it")
        }
        return identity(wire: 2, version, pid: pid)
    }

    private func identity(wire: Int, _ version: String, pid: Int?) -> ServerIdentity {
        ServerIdentity(
            wire: wire, version: version, pid: pid, url: candidate.url, authentication: candidate.authentication)
    }

    /// Reads the server's own description and returns if it has all that we use.
    private func examine(_ markers: ServerMarkers, at path: String, _ version: String) async throws(AgentError) {
        let answer = try await client.exchange("GET", path, timeout: .seconds(10), limit: Self.specificationLimit)
        guard answer.status == 200, answer.isJSON, let document = try? answer.json() else {
            throw AgentError(
                .unsupported,
                "OpenCode \(version) at \(candidate.url) is newer than this openloom and does not describe itself at "
                    + "\(path) (status \(answer.status)): update openloom, or install OpenCode 2.0.27")
        }
        let missing = markers.missing(in: document)
        guard !missing.isEmpty else { return }
        throw AgentError(
            .unsupported,
            "OpenCode \(version) at \(candidate.url) is not one that this openloom knows, and it lacks "
                + missing.prefix(5).joined(separator: ", ")
                + ": update openloom, or install OpenCode 1.18 or 2.0.6 to 2.0.27")
    }

    private func update(_ version: String, _ supported: String) -> AgentError {
        AgentError(
            .unsupported,
            "OpenCode \(version) at \(candidate.url) is too old: please update it (`opencode upgrade`); "
                + "this openloom speaks to \(supported)")
    }

    private func notOpenCode(_ status: Int) -> AgentError {
        AgentError(
            .notAnAgent,
            "what answers at \(candidate.url) is not OpenCode (GET /global/health gave status \(status)): "
                + "check opencode.url, and that `opencode serve` runs there",
            status: status
        )
    }
}
