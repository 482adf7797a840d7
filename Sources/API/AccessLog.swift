import HTTPTypes
import Hummingbird
import Logging

/// One line a request, under its id: what changes something at level info, the rest at debug. And its figures.
///
/// What a stream goes on to send is not in its duration.
struct AccessLog: RouterMiddleware {
    let metrics: RequestMetrics

    func handle(
        _ request: Request, context: APIRequestContext,
        next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        metrics.record(request.method, context.record.route, response.status, duration)
        let level: Logger.Level = request.method.isMutation ? .info : .debug
        guard context.logger.logLevel <= level else { return response }
        var metadata: Logger.Metadata = [
            "method": "\(request.method.rawValue)", "path": "\(request.uri.path.prefix(400))",
            "status": "\(response.status.code)", "duration": "\(duration)",
        ]
        if let caller = context.record.caller { metadata["token"] = "\(caller)" }
        context.logger.log(level: level, "request", metadata: metadata)
        return response
    }
}
