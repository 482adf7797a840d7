import HTTPTypes
import Hummingbird

/// What every request passes first, in this order: host, origin, method, content type, size, token.
///
/// The host keeps out names that an attacker points at this machine; the origin, pages of other sites in the user's
/// browser; the content type, forms and scripts that a browser sends without asking us first; the token, everybody else
/// who reaches the port. `docs/threat-model.md` has the attacks.
struct Gate: RouterMiddleware {
    /// Nil where no name leads here: on a Unix socket.
    let hosts: HostRule?
    let origins: OriginRule
    /// Nil where callers need not say who they are.
    let tokens: AccessTokens?
    let maxBodyBytes: Int
    /// Where a signature over the body is asked for instead of a token, by whoever answers there.
    var signedPaths: Set<String> = []

    func handle(
        _ request: Request, context: APIRequestContext,
        next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        let authority: String?
        if let hosts {
            authority = try hosts.check(request, channel: context.channel)
        } else {
            authority = try HostRule.onlyAuthority(of: request)
        }
        try origins.check(request, authority: authority)
        if let answer = origins.preflightAnswer(to: request) { return answer }
        guard RouteTable.knownMethods.contains(request.method) else {
            throw Problem(.unknownMethod, "\(request.method.rawValue.prefix(40)) is no method that is known here.")
        }
        try checkBody(request)
        var context = context
        context.caller = try caller(of: request)
        context.record.caller = context.caller.name
        return try await next(request, context)
    }

    private func checkBody(_ request: Request) throws(Problem) {
        if request.method.isMutation {
            let types = request.mediaTypes
            let isJSON = types.allSatisfy { $0 == "application/json" }
            if !isJSON || types.isEmpty && request.hasBody {
                guard try isUpload(request, types) else {
                    throw Problem(.notJSON, "Send it with the header Content-Type: application/json.")
                }
            }
        }
        if request.declaredLength ?? 0 > maxBodyBytes { throw Problem.bodyTooLarge(limit: maxBodyBytes) }
    }

    /// Whether a file comes as it is, or in a form, where one is taken.
    ///
    /// Every page can send a form anywhere. So one is taken only with what a browser does not send to another site
    /// without asking us first: a header of ours, or the token that is looked at next.
    private func isUpload(_ request: Request, _ types: [String]) throws(Problem) -> Bool {
        guard request.method == .post, request.uri.path == "/api/tasks", types.count == 1 else { return false }
        guard types[0] == TaskUpload.formType else { return TaskUpload.types[types[0]] != nil }
        guard tokens != nil || TaskUpload.isProven(request) else {
            throw Problem(.notJSON, "Send a form with the header X-OpenLoom-Request: 1, or with a token.")
        }
        return true
    }

    private func caller(of request: Request) throws(Problem) -> Caller {
        guard let tokens, !(Self.isOpen(request.uri.path) && !request.method.isMutation) else { return .trusted }
        if request.method == .post, signedPaths.contains(request.uri.path) { return Caller(scopes: [.submit]) }
        let values = request.headers[values: .authorization]
        guard !values.isEmpty else {
            throw Self.unauthorized("Send the header Authorization: Bearer TOKEN.", "Bearer realm=\"openloom\"")
        }
        let words = values[0].split(separator: " ", omittingEmptySubsequences: true)
        guard values.count == 1, words.count == 2, words[0].lowercased() == "bearer",
            let caller = tokens.caller(with: words[1])
        else {
            throw Self.unauthorized(
                "The token is not one of the file that server.token_file names.",
                "Bearer realm=\"openloom\", error=\"invalid_token\"")
        }
        return caller
    }

    private static func unauthorized(_ detail: String, _ challenge: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.headers[.wwwAuthenticate] = challenge
        return problem
    }
}

extension Request {
    /// What the body is said to be: `application/json` of `application/json; charset=utf-8`. More than one is nonsense.
    var mediaTypes: [String] {
        headers[values: .contentType].map { value in
            String(value.prefix { $0 != ";" }).filter { !$0.isWhitespace }.lowercased()
        }
    }
}
