package import Hummingbird

/// All routes of the service, and what every request passes through.
package enum ServiceRoutes {
  /// The router: the API, the pages, and the middleware in front of both.
  package static func router(of served: ServedRegistry) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestLog())
    router.add(middleware: SecurityHeaders())
    router.add(middleware: ProblemAnswers())
    addAPI(to: router, of: served)
    addPages(to: router, of: served)
    return router
  }
}
