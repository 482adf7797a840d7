import Hummingbird
import Logging
import Spool
import TaskSource

/// Turns whatever is thrown behind it into an answer.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIRequestContext,
        next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as Problem {
            return error.response(to: context.record)
        } catch let error as SpoolError {
            return report(Problem(error), context).response(to: context.record)
        } catch let error as TaskSourceError {
            return Problem(error).response(to: context.record)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            let path = request.uri.path.prefix(160)
            return Problem(.notFound, "There is nothing at \(path); docs/api.md lists what there is.")
                .response(to: context.record)
        } catch let error as UnreadableBody {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            return Problem(.failure, "The daemon's log says what, under the request's id.")
                .response(to: context.record)
        }
    }

    /// Failures that the caller did not cause belong into the log too.
    private func report(_ problem: Problem, _ context: APIRequestContext) -> Problem {
        if problem.kind.status.kind == .serverError, problem.kind != .closed {
            context.logger.error("a request failed", metadata: ["error": "\(problem.detail)"])
        }
        return problem
    }
}
