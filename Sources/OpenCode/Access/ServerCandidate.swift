package import Curl

/// An address at which a server may be, and how to prove there who we are.
package struct ServerCandidate: Sendable {
    package var url: String
    package var credentials: CurlCredentials?
    /// For people: "no password", "password from OPENLOOM_OPENCODE_PASSWORD". Holds no secret.
    package var authentication: String
    /// The process that must answer, where a registration names one: another one may be anybody.
    package var pid: Int?

    package init(url: String, credentials: CurlCredentials?, authentication: String, pid: Int? = nil) {
        self.url = url
        self.credentials = credentials
        self.authentication = authentication
        self.pid = pid
    }
}
