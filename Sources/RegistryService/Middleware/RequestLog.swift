internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
private import Logging
internal import NIOCore

/// Writes one line for each request.
///
/// The query is left out, since it may hold what somebody searches for, and so are all headers.
struct RequestLog: RouterMiddleware {
  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    response.headers[.requestID] = context.id
    let duration = ContinuousClock.now - start
    context.logger.info(
      "request",
      metadata: [
        "method": "\(request.method)", "path": "\(request.uri.path)",
        "status": "\(response.status.code)", "client": "\(context.remoteAddress ?? "-")",
        "milliseconds": "\(duration / .milliseconds(1))",
      ])
    return response
  }
}
