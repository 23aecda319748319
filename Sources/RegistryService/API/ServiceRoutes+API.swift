internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

extension ServiceRoutes {
  /// The use cases, with the same JSON as the command line prints.
  static func addAPI(to router: Router<ServiceContext>, of served: ServedRegistry) {
    let api = router.group("api/v1")
    for operation in Operation.all {
      api.on(RouterPath(operation.path), method: operation.method) { request, context in
        try context.require(operation.role)
        return try await operation.respond(
          Call(request, context, served, operation.parameters))
      }
    }
  }
}

extension Operation {
  /// Every operation of the API.
  static let all =
    models() + records() + modelChanges() + recordChanges() + jobs() + uploads() + [openAPI]

  /// The description of the API; a program that was built once describes it always in the same way.
  private static let openAPI = Operation(
    method: .get, path: "openapi.json", summary: "Describes this API after OpenAPI 3.1.",
    role: .read, parameters: [], answer: .json(.anyObject)
  ) { call in JSONAnswer(OpenAPIDocument.text).response(to: call.request) }
}
