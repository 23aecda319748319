internal import Hummingbird

/// Lets nobody ask more often than they may.
struct RateLimit: RouterMiddleware {
  let rates: RequestRates

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    try rates.count(context.remoteAddress)
    return try await next(request, context)
  }
}
