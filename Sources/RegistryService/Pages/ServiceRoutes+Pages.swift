internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Presentation
internal import RegistryKit

/// What a page is asked for.
struct PageCall: Sendable {
  /// The part of the path that names something.
  let name: String
  /// The parameters behind the question mark.
  let query: [String: String]

  /// What a list is asked for.
  var list: ListRequest {
    ListRequest(
      where: given("where"), sort: given("sort"), limit: 50, after: given("after"))
  }

  /// A parameter that is not empty.
  func given(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// Where a list goes on.
  func next(_ path: String, _ after: String?) -> String? {
    after.map { after in
      let kept = ["where", "sort"].compactMap { name in
        given(name).map { "\(name)=\(PercentCoding.encoded($0))" }
      }
      return "/\(path)?" + (kept + ["after=\(PercentCoding.encoded(after))"]).joined(separator: "&")
    }
  }
}

extension ServiceRoutes {
  /// The pages that browsers show.
  static func addPages(to router: Router<ServiceContext>, of served: ServedRegistry) {
    router.get("") { _, _ in Response(status: .seeOther, headers: [.location: "/models"]) }
    addAssets(to: router)
    func page(
      _ path: String, _ body: @escaping @Sendable (PageCall, Registry) throws -> ServicePage
    ) {
      router.get(RouterPath(path)) { request, context in
        let pairs = try PercentCoding.pairs(ofQuery: request.uri.query ?? "")
        let call = PageCall(
          name: try PercentCoding.decoded(context.parameters.get("name") ?? "", of: "name"),
          query: Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first })
        let page: ServicePage
        do {
          page = try await served.read { try body(call, $0) }
        } catch let error as RegistryError {
          return failure(error, path, request, context)
        }
        return page.response(to: request, for: context)
      }
    }
    page("models") { try .models($0, $1) }
    page("models/{name}") { try .model($0, $1) }
    page("models/{name}/card") { try .modelCard($0, $1) }
    page("runs") { try .runs($0, $1) }
    page("runs/{name}") { try .run($0, $1) }
    page("compare") { try .comparison($0, $1) }
    page("runs/{name}/images") { try .evaluatedImages($0, $1) }
    page("datasets") { try .datasets($0, $1) }
    page("datasets/{name}") { try .dataset($0, $1) }
    page("datasets/{name}/diff") { try .datasetDifference($0, $1) }
    page("jobs") { try .jobs($0, $1) }
    page("jobs/{name}") { try .job($0, $1) }
    page("storage") { try .storage($0, $1) }
    addPictures(to: router, of: served)
  }

  /// A page that says what was wrong, with its status.
  private static func failure(
    _ error: RegistryError, _ path: String, _ request: Request, _ context: ServiceContext
  ) -> Response {
    let section = ServicePage.Section.allCases.first { path.hasPrefix($0.rawValue) } ?? .models
    let remedy = error.remedy.map { "<p>\(HTML.text($0))</p>" } ?? ""
    var response = ServicePage(
      title: "Not this way", section: section,
      body: "<p role=\"alert\">\(HTML.text(error.message))</p>\(remedy)"
    ).response(to: request, for: context)
    response.status = Problem(error).status
    return response
  }

  /// Pictures on pages: curves of a run or a model, and small copies of images.
  private static func addPictures(
    to router: Router<ServiceContext>, of served: ServedRegistry
  ) {
    router.get("runs/{name}/curves.svg") { request, context in
      let runs = try PercentCoding.decoded(context.parameters.get("name") ?? "", of: "name")
      let text = try await served.read { registry in
        try SVGDocument.text(of: ServicePage.charts(ofRuns: runs, registry))
      }
      return Response(
        status: .ok,
        headers: [
          .contentType: "image/svg+xml", .cacheControl: "private, no-cache",
          // Its own styles stand in it, and nothing else.
          .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
        ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
    router.get("thumbnails/{digest}") { request, context in
      let digest = context.parameters.get("digest") ?? ""
      let tag = "\"\(digest.prefix(64))\""
      if request.accepts(storedTag: tag) {
        return Response(status: .notModified, headers: [.eTag: tag])
      }
      let file = try await served.read { registry in
        try registry.thumbnails(of: [digest], side: 160)[digest] ?? []
      }
      return Response(
        status: .ok,
        headers: [
          .contentType: "image/jpeg", .eTag: tag,
          .cacheControl: "private, max-age=31536000, immutable",
        ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: file)))
    }
  }

  private static func addAssets(to router: Router<ServiceContext>) {
    for (name, type, text) in [
      ("registry.css", "text/css; charset=utf-8", ServiceAssets.sheet),
      ("registry.js", "text/javascript; charset=utf-8", ServiceAssets.script),
    ] {
      router.get(RouterPath("assets/\(ServiceAssets.tag)/\(name)")) { _, _ in
        Response(
          status: .ok,
          headers: [.contentType: type, .cacheControl: "max-age=31536000, immutable"],
          body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
      }
    }
  }
}
