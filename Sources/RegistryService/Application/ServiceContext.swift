package import Hummingbird

/// What is known about a request beside the request itself.
package struct ServiceContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Who asks; `nil` as long as nobody has looked.
  package var principal: Principal?
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
  func require(_ role: Role) throws {
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
  package var role: Role

  package init(name: String, role: Role) {
    self.name = name
    self.role = role
  }
}

/// What a principal may do; each role may do what the ones before it may.
package enum Role: String, Sendable, CaseIterable, Comparable {
  case read
  case write
  case admin

  package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .write: 1
    case .admin: 2
    }
  }
}
