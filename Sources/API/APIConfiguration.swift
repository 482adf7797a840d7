import Glibc
package import JSON
package import Spool
package import SystemPackage
package import WebhookSources

/// Where the API listens, and how much it takes and waits.
package struct APIConfiguration: Sendable {
    /// Of the program, for `/api/openapi.json`.
    package var version: String
    /// A name or address. One that others than this machine reach is refused unless there are `tokens`.
    package var host: String
    /// 0 takes any free port; the one taken is reported once it is open.
    package var port: Int
    /// Names to answer to, besides those of the loopback and `host`; without ports.
    package var allowedHosts: [String]
    /// Pages that may use the API: `SCHEME://HOST` or `SCHEME://HOST:PORT` each.
    package var allowedOrigins: [String]
    /// What callers have to show; nil if nothing.
    package var tokens: AccessTokens?
    /// A Unix socket to listen on as well. Whoever may open it needs no token.
    package var socket: FilePath?
    /// Who may have tasks made by webhooks.
    package var webhookSources: [WebhookSource]
    /// Webhooks that are told of tasks, as they may be shown to anybody: `{url, events}` each.
    package var webhooks: [JSONValue]
    /// Sends a configured endpoint one webhook at once, and says what it answers; nil for one that is not configured.
    package var testWebhook: @Sendable (EndpointName) async -> JSONValue?
    /// Longest body of a request, in bytes.
    package var maxBodyBytes: Int
    /// How long a connection may be without a request, a request's head or body may take (longer for a body that gets on
    /// well), and a piece of an answer may stay unread.
    package var patience: Duration
    /// Between two heartbeats of an event stream.
    package var heartbeat: Duration
    /// How long a reader of an event stream may leave a piece unread before it is cut off. Looked at with each
    /// heartbeat.
    package var slowReaderLimit: Duration
    /// How long requests that were begun may go on after shutdown was asked for.
    package var shutdownGrace: Duration

    package init(
        version: String = "0", host: String = "127.0.0.1", port: Int = 8967, allowedHosts: [String] = [],
        allowedOrigins: [String] = [],
        tokens: AccessTokens? = nil, socket: FilePath? = nil, webhookSources: [WebhookSource] = [.generic],
        maxBodyBytes: Int = 10 << 20, webhooks: [JSONValue] = [],
        testWebhook: @escaping @Sendable (EndpointName) async -> JSONValue? = { _ in nil },
        patience: Duration = .seconds(60), heartbeat: Duration = .seconds(15), slowReaderLimit: Duration = .seconds(30),
        shutdownGrace: Duration = .seconds(5)
    ) {
        self.version = version
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
        self.allowedOrigins = allowedOrigins
        self.tokens = tokens
        self.socket = socket
        self.webhookSources = webhookSources
        self.maxBodyBytes = maxBodyBytes
        self.webhooks = webhooks
        self.testWebhook = testWebhook
        self.patience = patience
        self.heartbeat = heartbeat
        self.slowReaderLimit = slowReaderLimit
        self.shutdownGrace = shutdownGrace
    }

    /// Whether only this machine can reach the host.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        var loopback = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1, inet_pton(AF_INET6, "::1", &loopback) == 1 else { return false }
        return withUnsafeBytes(of: &six) { one in withUnsafeBytes(of: &loopback) { one.elementsEqual($0) } }
    }
}
