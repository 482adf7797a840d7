import HTTPTypes

extension Problem {
    /// What an agent's server did not do is to whoever asked for it.
    init(_ error: GatewayError) {
        switch error.code {
        case .unavailable:
            self.init(
                .agentUnavailable,
                "\(error.message). Start OpenCode, or correct opencode.url; `openloom doctor` says more.")
            headers[.retryAfter] = "10"
        case .notFound: self.init(.sessionNotFound, error.message)
        case .unsupported: self.init(.unsupported, error.message)
        case .refused: self.init(.agentRefused, error.message)
        }
    }

    static func noSession(_ id: String) -> Problem {
        Problem(
            .sessionNotFound, "No OpenCode server has a session \"\(id.prefix(160))\"; GET /api/sessions lists them.")
    }
}
