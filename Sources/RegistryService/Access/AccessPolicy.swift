internal import HTTPTypes
internal import RegistryKit

/// Who may ask for what.
struct AccessPolicy: Sendable {
  /// Whether one must be known by a token; if not, whoever reaches the service may do everything.
  let needsToken: Bool
  /// Whether connections are encrypted, so that cookies are sent over such ones only.
  let isEncrypted: Bool
  /// The names by which browsers may reach the service; `nil` for all.
  ///
  /// On the own machine a foreign page could make its name lead here; the browser then takes the
  /// service for that page's own.
  let hostNames: Set<String>?

  /// Paths that anybody may ask for: to sign in, and for those who watch over the service.
  private static let openPaths: Set<String> = ["/healthz", "/readyz", "/sign-in", "/sign-out"]

  /// Whether a path needs no token: it tells nothing of the registry.
  func isOpen(_ path: String) -> Bool {
    Self.openPaths.contains(path) || path.hasPrefix("/assets/")
  }

  /// Whether a `Host` header has a name of the service.
  func knows(host: String?) -> Bool {
    guard let hostNames else { return true }
    guard let host else { return false }
    // `[::1]:7878`, `localhost:7878`, `localhost`
    let name =
      host.hasPrefix("[")
      ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
    return hostNames.contains(name.lowercased())
  }

  /// What one must at least be allowed to do: to change something needs more than to ask, even where the
  /// question is long.
  static func role(for method: HTTPRequest.Method, _ path: String) -> AccessRole {
    isSafe(method) || path.hasPrefix("/api/v1/models/") && path.hasSuffix("/predict")
      ? .read : .write
  }

  /// Whether a method changes nothing (RFC 9110, section 9.2.1).
  static func isSafe(_ method: HTTPRequest.Method) -> Bool {
    method == .get || method == .head || method == .options
  }
}
