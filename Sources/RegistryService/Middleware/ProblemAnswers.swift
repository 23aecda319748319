internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
private import Logging
internal import NIOCore

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
      if problem.status == .unauthorized, Self.isPage(request) {
        return Response(
          status: .seeOther, headers: [.location: "/sign-in?next=\(request.uri.path)"])
      }
      return problem.response(requestID: context.id)
    }
  }

  /// Whether somebody looks at a page: they are led to where they can sign in.
  private static func isPage(_ request: Request) -> Bool {
    request.method == .get && !request.uri.path.hasPrefix("/api/")
      && request.headers[.accept]?.contains("text/html") == true
  }
}
