internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

/// Finds out who asks, and lets nobody pass who may not.
///
/// What changes something needs the role `write`, everything else that is not open to all `read`; what
/// needs more says so itself.
struct Authentication: RouterMiddleware {
  let served: ServedRegistry
  let policy: AccessPolicy
  let sessions: Sessions
  /// Who sent tokens that are worth nothing, to stop those who guess.
  let failures: RequestRates

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    guard policy.knows(host: request.head.authority) else {
      throw Problem(
        .misdirectedRequest, "unknown_host", "The service is not known by this name.",
        remedy: "Ask for it as 127.0.0.1 or localhost, or begin it with --host.")
    }
    var context = context
    try await identify(request, &context)
    let isChanging = !AccessPolicy.isSafe(request.method)
    if isChanging { try refuseForeignPages(request, context) }
    if !policy.isOpen(request.uri.path) {
      try context.require(AccessPolicy.role(for: request.method, request.uri.path))
    }
    return try await next(request, context)
  }

  private func identify(_ request: Request, _ context: inout ServiceContext) async throws {
    if let header = request.headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1)
      let token = parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : ""
      let identity = try await identity(of: token, from: context.remoteAddress)
      context.principal = Principal(name: identity.name, role: identity.role)
    } else if let cookie = request.cookies[Sessions.cookieName],
      let session = sessions.session(cookie.value)
    {
      let identity = try await served.read {
        try $0.identity(ofTokenIdentifier: session.tokenIdentifier)
      }
      if let identity {
        context.principal = Principal(name: identity.name, role: identity.role)
        context.session = session
      }
    }
    if context.principal == nil, !policy.needsToken {
      context.principal = Principal(name: "local", role: .admin)
    }
  }

  /// Whose token it is.
  ///
  /// - Throws: A problem with status 401 for a token that is worth nothing, 429 after many of them.
  func identity(of token: String, from address: String?) async throws -> TokenIdentity {
    try failures.requireRoom(for: address)
    guard let identity = try await served.read({ try $0.identity(ofToken: token) }) else {
      try failures.count(address)
      throw Problem(
        .unauthorized, "invalid_token", "The token is worth nothing here.",
        remedy: "Use one that was not revoked and has not expired.",
        headers: [.wwwAuthenticate: "Bearer realm=\"registry\", error=\"invalid_token\""])
    }
    return identity
  }

  /// Refuses what a page of somebody else makes a browser send (cross-site request forgery).
  ///
  /// Browsers say where a request comes from, in one header or the other. Other programs do not, and
  /// are known by a token; a cookie alone, without such a header, is not enough.
  private func refuseForeignPages(_ request: Request, _ context: ServiceContext) throws {
    let site = request.headers[.secFetchSite]
    let origin = request.headers[.origin]
    let isForeign: Bool =
      if let site {
        site != "same-origin" && site != "none"
      } else if let origin {
        origin.split(separator: "/").last.map(String.init) != request.head.authority
      } else {
        context.session != nil
      }
    if isForeign {
      throw Problem(
        .forbidden, "foreign_page", "A page of another site may change nothing here.",
        remedy: "Use the pages of this service, or send a token from a program.")
    }
  }
}
