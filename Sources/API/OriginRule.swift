import HTTPTypes
import Hummingbird

/// Which web pages may use this server: its own, and those of `server.allowed_origins`.
struct OriginRule: Sendable {
    private let allowed: Set<String>

    /// - Parameter allowed: `SCHEME://HOST` or `SCHEME://HOST:PORT` each.
    init(allowed: [String]) {
        self.allowed = Set(allowed.map { $0.lowercased() })
    }

    /// - Parameter authority: The `Host` header in lower case.
    /// - Throws: ``Problem`` of kind `foreignOrigin`.
    func check(_ request: Request, authority: String?) throws(Problem) {
        let origins = request.headers[values: .origin]
        if origins.isEmpty {
            guard request.method.isMutation, let site = Self.site(of: request) else { return }
            // Browsers that name the site name the origin too, when it is one that may change anything.
            if site == "same-origin" || site == "none" { return }
        } else if allowedOrigin(of: request) != nil {
            return
        } else if let authority, origins.count == 1, origins[0].lowercased() == "http://\(authority)" {
            return
        }
        throw Problem(
            .foreignOrigin, "Only pages that this server gave out, or that server.allowed_origins names, may use it.")
    }

    /// The origin of the page that asks, as the page's browser wrote it, if it is on the list.
    func allowedOrigin(of request: Request) -> String? {
        let origins = request.headers[values: .origin]
        guard origins.count == 1, allowed.contains(origins[0].lowercased()) else { return nil }
        return origins[0]
    }

    /// What a browser is told that asks before it sends a request for a page of another origin; nil if this is no such
    /// question, or not for a page on the list.
    func preflightAnswer(to request: Request) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            allowedOrigin(of: request) != nil
        else { return nil }
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE"
        headers[.accessControlAllowHeaders] =
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range, "
            + "X-OpenLoom-Request"
        headers[.accessControlMaxAge] = "600"
        return Response(status: .noContent, headers: headers)
    }

    /// Lets the page read the answer, if it is on the list. No credentials: a token is sent by the page itself.
    func mark(_ response: inout Response, to request: Request) {
        guard !allowed.isEmpty else { return }
        response.headers[.vary] = response.headers[.vary].map { "\($0), Origin" } ?? "Origin"
        guard let origin = allowedOrigin(of: request) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] =
            "Allow, Content-Range, ETag, Location, Retry-After, WWW-Authenticate"
    }

    /// How far the page is from us, in its browser's words; nil where it is no browser, or an old one.
    private static func site(of request: Request) -> String? {
        request.headers.first { $0.name.canonicalName == "sec-fetch-site" }?.value.lowercased()
    }
}

/// Marks every answer, refusals too, so that a page which is allowed sees them.
struct CrossOriginAnswers: RouterMiddleware {
    let origins: OriginRule

    func handle(
        _ request: Request, context: APIRequestContext,
        next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        origins.mark(&response, to: request)
        return response
    }
}

extension HTTPRequest.Method {
    /// Whether a request with this method may change something.
    var isMutation: Bool {
        switch self {
        case .get, .head, .options, .trace, .connect: false
        default: true
        }
    }
}
