import HTTPTypes

/// Whoever sent a request, as far as is known.
struct Caller: Sendable {
    let scopes: Set<AccessScope>
    /// The name of the token that was shown; nil without one.
    var name: String?

    /// Nobody has been let in yet.
    static let unknown = Caller(scopes: [])
    /// Somebody who need not say who they are.
    static let trusted = Caller(scopes: Set(AccessScope.allCases))

    /// - Throws: ``Problem`` of kind `missingScope`.
    func require(_ scope: AccessScope) throws(Problem) {
        guard !scopes.contains(scope) else { return }
        var problem = Problem(
            .missingScope,
            "This takes a token with the scope \"\(scope.rawValue)\"; the file of server.token_file gives them.")
        problem.headers[.wwwAuthenticate] =
            "Bearer realm=\"openloom\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
        throw problem
    }
}
