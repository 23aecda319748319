internal import HTTPTypes
package import Hummingbird
internal import HummingbirdCore
internal import NIOCore
package import RegistryKit

/// What is known about a request beside the request itself.
package struct ServiceContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Who asks; `nil` as long as nobody has looked.
  package var principal: Principal?
  /// The session by which a browser is known; `nil` for who sent a token, or needs none.
  package var session: Session?
  /// The address that the request came from.
  package let remoteAddress: String?

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress?.ipAddress
  }
}

extension ServiceContext {
  /// Goes on only for who may do something.
  ///
  /// - Throws: A problem with status 401 for who is not known, 403 for who may not.
  func require(_ role: AccessRole) throws {
    guard let principal else {
      throw Problem(
        .unauthorized, "token_needed", "A token is needed.",
        remedy: "Send one as 'Authorization: Bearer TOKEN', or sign in.",
        headers: [.wwwAuthenticate: "Bearer realm=\"registry\""])
    }
    guard principal.role >= role else {
      throw Problem(
        .forbidden, "role_too_low",
        "The token \(principal.name) may \(principal.role.rawValue); \(role.rawValue) is needed.",
        remedy: "Use a token with that role.")
    }
  }
}

/// Who asks, and what they may do.
package struct Principal: Sendable, Hashable {
  /// The name of the token, or `local` for somebody on this machine where no token is needed.
  package var name: String
  /// What they may do.
  package var role: AccessRole

  package init(name: String, role: AccessRole) {
    self.name = name
    self.role = role
  }
}
