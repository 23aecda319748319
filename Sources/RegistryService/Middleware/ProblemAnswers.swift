internal import Hummingbird
private import Logging

/// Turns what handlers throw into answers.
struct ProblemAnswers: RouterMiddleware {
  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let problem = Problem(error)
      if problem.status.kind == .serverError {
        context.logger.error("failure", metadata: ["error": "\(error)"])
      }
      return problem.response(requestID: context.id)
    }
  }
}
