internal import Hummingbird

extension ServiceRoutes {
  /// The pages that browsers show.
  static func addPages(to router: Router<ServiceContext>, of served: ServedRegistry) {
  }
}
