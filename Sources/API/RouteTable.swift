import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Which function answers which method on which path. A known path with another method is 405 and says which there are.
struct RouteTable {
    typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response
    typealias Middleware = any MiddlewareProtocol<Request, Response, APIRequestContext>

    /// Methods that we know to exist; others are 501.
    static let knownMethods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        + [HTTPRequest.Method("QUERY")].compactMap(\.self)

    private let router = Router(context: APIRequestContext.self)
    private var methods: [String: [HTTPRequest.Method]] = [:]
    /// The routes so far, in the order in which they were added: what `/api/openapi.json` is made of.
    private(set) var routes: [DescribedRoute] = []

    init(middlewares: [Middleware]) {
        for middleware in middlewares { router.add(middleware: middleware) }
    }

    /// - Parameters:
    ///   - operation: What the route does, for `/api/openapi.json`; a route can't be added without.
    ///   - scope: What the caller must be allowed to. Left out, `read` for GET, and `admin` for anything else.
    ///   - isBrief: Whether the handler leaves all that takes long to others, so that it may have the connection's thread.
    mutating func on(
        _ method: HTTPRequest.Method, _ path: String, _ operation: Operation, needs scope: AccessScope? = nil,
        isBrief: Bool = false, _ handler: @escaping Handler
    ) {
        let scope = scope ?? (method == .get ? .read : .admin)
        let isOpen = method == .get && Gate.isOpen(path)
        router.on(RouterPath(path), method: method) { request, context in
            context.record.route = path
            try context.caller.require(scope)
            if isBrief { return try await handler(request, context) }
            return try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await handler(request, context)
            }
        }
        methods[path, default: []].append(method)
        routes.append(
            DescribedRoute(
                method: method, path: path, scope: isOpen ? nil : scope, operation: operation))
    }

    func responder() -> RouterResponder<APIRequestContext> {
        for (path, allowed) in methods {
            let words = allowed.map(\.rawValue) + (allowed.contains(.get) ? ["HEAD"] : [])
            let allow = words.sorted().joined(separator: ", ")
            for method in Self.knownMethods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw Problem.methodNotAllowed(method.rawValue, allow: allow)
                }
            }
        }
        return router.buildResponder()
    }
}
