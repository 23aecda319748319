internal import Hummingbird
private import RegistryKit

extension ServiceRoutes {
  /// The use cases, with the same JSON as the command line prints.
  static func addAPI(to router: Router<ServiceContext>, of served: ServedRegistry) {
    let api = router.group("api/v1")
    api.get("models") { _, _ in
      try await served.read { registry in try JSONAnswer(encoding: registry.models()) }
    }
  }
}
