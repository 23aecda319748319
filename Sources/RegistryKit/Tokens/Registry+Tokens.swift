private import Catalog
internal import Diagnostics

extension Registry {
  /// Makes a token; its text is told once and only its hash is kept.
  ///
  /// - Throws: `malformed_name`, `token_exists`, `malformed_request` for a number of days that is not
  ///   from 1 to 3,650.
  public func createToken(
    _ name: String, role: AccessRole, expiresInDays days: Int? = nil
  ) throws -> TokenResult {
    if let days, !(1...3_650).contains(days) {
      throw RegistryError(
        .malformedRequest, "A token is worth something for 1 to 3,650 days, not \(days).",
        place: .subject("--expires-in"), remedy: "Give a number of days, or none for no end.")
    }
    let token = AccessToken()
    let now = Timestamp.now()
    let end = days.map { Timestamp(microseconds: now.microseconds + Int64($0) * 86_400_000_000) }
    try catalog.addToken(
      TokenRecord(
        name: name, identifier: token.identifier, hash: token.hash, role: role.rawValue,
        createdAt: now, createdBy: HostDescription.user, expiresAt: end))
    return TokenResult(name: name, role: role, token: token.text, expiresAt: end?.iso8601)
  }

  /// All tokens, the oldest first, those that were revoked or have expired too.
  public func tokens() throws -> [TokenSummary] {
    try catalog.tokens().map { TokenSummary($0) }
  }

  /// Makes a token worth nothing from now on.
  ///
  /// - Throws: `unknown_token`.
  public func revokeToken(_ name: String) throws -> TokenSummary {
    TokenSummary(try catalog.revokeToken(name))
  }

  /// Whether any token is worth something.
  public func hasLiveTokens() throws -> Bool { try catalog.hasLiveTokens() }

  /// Whose token a text is, and where to look whether it still is; `nil` if it is worth nothing.
  package func identity(ofToken text: String) throws -> TokenIdentity? {
    guard let token = AccessToken(text) else { return nil }
    guard let record = try catalog.token(identifier: token.identifier), token.matches(record.hash)
    else { return nil }
    return TokenIdentity(record)
  }

  /// What a token that was known once is worth now; `nil` if nothing.
  package func identity(ofTokenIdentifier identifier: [UInt8]) throws -> TokenIdentity? {
    try catalog.token(identifier: identifier).flatMap { TokenIdentity($0) }
  }
}

/// Who somebody is by their token.
package struct TokenIdentity: Sendable, Hashable {
  /// The name of the token.
  package let name: String
  /// What it allows.
  package let role: AccessRole
  /// The part of it that is no secret.
  package let identifier: [UInt8]

  /// `nil` for a token that was revoked or has expired.
  fileprivate init?(_ record: TokenRecord) {
    guard record.revokedAt == nil, record.expiresAt.map({ $0 > .now() }) ?? true,
      let role = AccessRole(rawValue: record.role)
    else { return nil }
    name = record.name
    self.role = role
    identifier = record.identifier
  }
}

extension TokenSummary {
  fileprivate init(_ record: TokenRecord) {
    self.init(
      name: record.name, role: AccessRole(rawValue: record.role) ?? .read,
      createdAt: record.createdAt.iso8601, createdBy: record.createdBy,
      expiresAt: record.expiresAt?.iso8601, revokedAt: record.revokedAt?.iso8601)
  }
}
