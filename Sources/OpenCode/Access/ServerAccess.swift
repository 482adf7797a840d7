import Curl
import PrivateFile
package import SystemPackage

/// Where servers may be, and how we prove who we are. Looked up anew for each connection: a server that was restarted
/// has another password.
package struct ServerAccess: Sendable {
    package var url: String
    /// Whether a person named the URL. If so, nothing is looked for elsewhere.
    package var isURLGiven = true
    package var username = "opencode"
    /// What a person gave us, with where from, as in "password from OPENLOOM_OPENCODE_PASSWORD".
    package var password: (text: String, origin: String)?
    /// OpenCode's own `$XDG_STATE_HOME/opencode`, where services register.
    package var stateDirectory: FilePath?
    /// OpenCode's own `$XDG_CONFIG_HOME/opencode`.
    package var configurationDirectory: FilePath?
    /// OpenCode's own variables, as whoever sets them for `opencode serve` often does so for the whole shell.
    package var environmentPassword: (text: String, name: String)?

    /// Where a shared service listens unless it is told otherwise.
    private static let servicePort = 49_374

    package init(url: String) { self.url = url }

    /// Reads what services say of themselves.
    ///
    /// - Returns: Addresses to try, in this order, and sentences about files that could not be used.
    package func candidates() -> (candidates: [ServerCandidate], notes: [String]) {
        guard let address = try? HTTPAddress(url: url) else {
            return ([ServerCandidate(url: url, credentials: nil, authentication: "no password")], [])
        }
        // A password that nobody gave us for this address leaves the machine under no circumstances.
        guard password == nil, address.isLoopback else {
            return ([candidate(url, password?.text, password?.origin)], [])
        }
        var notes: [String] = []
        var registrations: [ServiceRegistration] = []
        if let stateDirectory { (registrations, notes) = ServiceRegistration.all(in: stateDirectory) }
        let matching = registrations.first { isSame(address, $0.url) }
        var candidates = [matching.map(candidate) ?? unregistered(address, &notes)]
        if !isURLGiven {
            candidates += registrations.filter { !isSame(address, $0.url) }.map(candidate)
        }
        return (candidates, notes)
    }

    private func isSame(_ address: HTTPAddress, _ url: String) -> Bool {
        guard let other = try? HTTPAddress(url: url) else { return false }
        return other.port == address.port && (other.host == address.host || (other.isLoopback && address.isLoopback))
    }

    private func candidate(_ registration: ServiceRegistration) -> ServerCandidate {
        var result = candidate(registration.url, registration.password, "password from \(registration.file)")
        result.pid = registration.pid
        return result
    }

    private func candidate(_ url: String, _ password: String?, _ origin: String?) -> ServerCandidate {
        ServerCandidate(
            url: url, credentials: password.map { CurlCredentials(user: username, password: $0) },
            authentication: password == nil ? "no password" : origin ?? "password")
    }

    private func unregistered(_ address: HTTPAddress, _ notes: inout [String]) -> ServerCandidate {
        if let file = configurationDirectory?.appending("service.json") {
            do throws(PrivateFileError) {
                let settings = try ServiceRegistration.settings(file)
                if let settings, (settings.port ?? Self.servicePort) == address.port {
                    return candidate(url, settings.password, "password from \(file)")
                }
            } catch {
                if case .unusable(let why) = error { notes.append(why) }
            }
        }
        return candidate(url, environmentPassword?.text, environmentPassword.map { "password from \($0.name)" })
    }
}
