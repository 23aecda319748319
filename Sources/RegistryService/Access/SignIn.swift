internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Presentation
private import RegistryKit

/// The pages on which people sign in with a token.
struct SignIn: Sendable {
  let authentication: Authentication

  /// The most bytes of a form.
  private static let maximumFormBytes = 4_096

  func addRoutes(to router: Router<ServiceContext>) {
    router.get("sign-in") { request, _ in
      page(message: nil, next: Self.localPath(Self.field("next", in: request.uri.query ?? "")))
    }
    router.post("sign-in") { request, context in try await signIn(request, context) }
    router.post("sign-out") { _, context in
      if let session = context.session { authentication.sessions.end(session) }
      return Response(
        status: .seeOther,
        headers: [.location: "/sign-in", .setCookie: cookie("", lifetime: .zero)])
    }
  }

  private func signIn(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let body = try await request.body.collect(upTo: Self.maximumFormBytes)
    let form = String(buffer: body)
    let next = Self.localPath(Self.field("next", in: form))
    do {
      let identity = try await authentication.identity(
        of: Self.field("token", in: form) ?? "", from: context.remoteAddress)
      let session = authentication.sessions.begin(tokenIdentifier: identity.identifier)
      return Response(
        status: .seeOther,
        headers: [.location: next, .setCookie: cookie(session.id, lifetime: Sessions.lifetime)])
    } catch let problem as Problem {
      var response = page(message: problem.detail, next: next)
      response.status = problem.status
      return response
    }
  }

  /// The header that sets the cookie: for this site alone, and out of the reach of scripts.
  private func cookie(_ value: String, lifetime: Duration) -> String {
    let secure = authentication.policy.isEncrypted ? "; Secure" : ""
    return "\(Sessions.cookieName)=\(value); Path=/; Max-Age=\(lifetime.components.seconds)"
      + "; HttpOnly; SameSite=Strict\(secure)"
  }

  private func page(message: String?, next: String) -> Response {
    let warning = message.map { "<p role=\"alert\">\(HTMLPage.escaped($0))</p>" } ?? ""
    let text = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Sign in · Registry</title>
      <meta name="viewport" content="width=device-width, initial-scale=1"></head>
      <body><main><h1>Sign in</h1>\(warning)
      <form method="post" action="/sign-in">
      <p><label for="token">Token</label><br>
      <input id="token" name="token" type="password" size="50" autocomplete="current-password" \
      required autofocus></p>
      <input type="hidden" name="next" value="\(HTMLPage.escaped(next))">
      <p><button type="submit">Sign in</button></p></form>
      <p>Somebody who has the registry's folder makes a token with \
      <code>registry token create NAME --role read</code>.</p></main></body></html>

      """
    return Response(
      status: .ok,
      headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// A field of a form or a query; `nil` if it is not there or no text.
  private static func field(_ name: String, in form: String) -> String? {
    let pairs = (try? PercentCoding.pairs(ofQuery: form)) ?? []
    return pairs.first { $0.name == name }?.value
  }

  /// A path of this site; `/` for anything else, so that nobody is sent elsewhere.
  private static func localPath(_ path: String?) -> String {
    guard let path, path.hasPrefix("/"), !path.hasPrefix("//"),
      path.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") })
    else { return "/" }
    return path
  }
}
