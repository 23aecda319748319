internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
private import RegistryKit

/// All routes of the service, and what every request passes through.
enum ServiceRoutes {
  /// How many tokens that are worth nothing a client may send at once, and in a minute.
  private static let failuresPerMinute = 10.0

  /// The router: the API, the pages, and the middleware in front of both.
  static func router(
    of served: ServedRegistry, _ configuration: ServiceConfiguration, _ metrics: PrometheusMetrics
  ) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    let authentication = Authentication(
      served: served, policy: configuration.accessPolicy, sessions: Sessions(),
      failures: RequestRates(
        perSecond: failuresPerMinute / 60, burst: failuresPerMinute))
    router.add(middleware: MetricsMiddleware())
    router.add(middleware: RequestLog())
    router.add(middleware: SecurityHeaders(isEncrypted: configuration.certificate != nil))
    router.add(middleware: ProblemAnswers())
    if configuration.requestsPerSecond > 0 {
      router.add(
        middleware: RateLimit(
          rates: RequestRates(
            perSecond: configuration.requestsPerSecond,
            burst: 5 * configuration.requestsPerSecond)))
    }
    router.add(
      middleware: BodyLimit(
        maximumBytes: configuration.maximumBodyBytes,
        maximumUploadBytes: configuration.maximumUploadBytes))
    router.add(middleware: authentication)
    SignIn(authentication: authentication).addRoutes(to: router)
    addHealth(to: router, of: served)
    addMetrics(metrics, to: router, of: served)
    addAPI(to: router, of: served)
    addPages(to: router, of: served)
    return router
  }

  /// What tells those who watch over the service that it runs, and that it can answer.
  private static func addHealth(to router: Router<ServiceContext>, of served: ServedRegistry) {
    router.get("healthz") { _, _ in text("ok") }
    router.get("readyz") { _, _ in
      try await served.read { _ = try $0.storage(limit: 1) }
      return text("ready")
    }
  }

  private static func text(_ text: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}
