import HTTPTypes
import Hummingbird

/// What every request passes first, in this order: host, origin, method, content type, size.
///
/// The host keeps out names that an attacker points at this machine; the origin, pages of other sites in the user's
/// browser; the content type, forms and scripts that a browser sends without asking us first.
struct Gate: RouterMiddleware {
    private let hosts: Set<String>
    private let maxBodyBytes: Int

    /// - Parameter host: What we listen on; it may be used as name besides those of the loopback.
    init(host: String, maxBodyBytes: Int) {
        hosts = ["localhost", "127.0.0.1", "::1", host.lowercased()]
        self.maxBodyBytes = maxBodyBytes
    }

    func handle(
        _ request: Request, context: APIRequestContext,
        next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        let authority = try checkHost(request)
        try checkOrigin(request, authority: authority)
        guard RouteTable.knownMethods.contains(request.method) else {
            throw Problem(.unknownMethod, "\(request.method.rawValue.prefix(40)) is no method that is known here.")
        }
        try checkBody(request)
        return try await next(request, context)
    }

    private func checkHost(_ request: Request) throws(Problem) -> String {
        // A second Host header stays among the fields; whoever sends two wants different readers to see different ones.
        guard let authority = request.head.authority,
            !request.headers.contains(where: { $0.name.canonicalName == "host" }),
            let host = Self.host(of: authority)
        else { throw Problem(.badHost, "Send one Host header, NAME or NAME:PORT.") }
        guard hosts.contains(host) else {
            throw Problem(.foreignHost, "\"\(host.prefix(160))\" is not a name of this server; use localhost.")
        }
        return authority.lowercased()
    }

    private func checkOrigin(_ request: Request, authority: String) throws(Problem) {
        let origins = request.headers[values: .origin]
        guard origins.allSatisfy({ $0.lowercased() == "http://\(authority)" }) else {
            throw Problem(.foreignOrigin, "Only pages that this server gave out may use it.")
        }
    }

    private func checkBody(_ request: Request) throws(Problem) {
        switch request.method {
        case .get, .head, .options, .trace, .connect: break
        default:
            let types = request.headers[values: .contentType]
            let isJSON = types.allSatisfy { Self.mediaType($0) == "application/json" }
            guard isJSON, !types.isEmpty || !request.hasBody else {
                throw Problem(.notJSON, "Send it with the header Content-Type: application/json.")
            }
        }
        if request.declaredLength ?? 0 > maxBodyBytes { throw Problem.bodyTooLarge(limit: maxBodyBytes) }
    }

    /// `application/json` of `application/json; charset=utf-8`.
    private static func mediaType(_ value: String) -> String {
        String(value.prefix { $0 != ";" }).filter { !$0.isWhitespace }.lowercased()
    }

    /// `name` of `name:8967`, `::1` of `[::1]:8967`; nil for anything else.
    static func host(of authority: String) -> String? {
        var rest = authority.lowercased()[...]
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return String(host) }
        let port = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(port.utf8.count),
            port.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return String(host)
    }
}
