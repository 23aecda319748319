internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

extension ServiceRoutes {
  /// The pages that browsers show.
  static func addPages(to router: Router<ServiceContext>, of served: ServedRegistry) {
  }
}
