internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

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
