package import Diagnostics
private import FoundationEssentials
import GRDB

extension RegistryError.Code {
  /// A token is to have the name of one that was not revoked.
  package static let tokenExists = Self("token_exists", .conflict)
  /// No token that was not revoked has a name.
  package static let unknownToken = Self("unknown_token", .notFound)
}

extension CatalogDatabase {
  /// Records a token.
  ///
  /// - Throws: `malformed_name`, `token_exists`.
  package func addToken(_ token: TokenRecord) throws {
    try NameRule.check(token.name, "token")
    try write { database in
      guard try database.liveTokenID(token.name) == nil else {
        throw RegistryError(
          .tokenExists, "There is a token \(token.name) already.", place: .subject(token.name),
          remedy: "Choose another name, or revoke that token first.")
      }
      _ = try database.insert(
        """
        INSERT INTO tokens (name, identifier, hash, role, created_at, created_by, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          token.name, Data(token.identifier), token.hash.blob, token.role,
          token.createdAt.microseconds, token.createdBy, token.expiresAt?.microseconds,
        ])
    }
  }

  /// Makes a token worth nothing from now on.
  ///
  /// - Throws: `unknown_token`.
  package func revokeToken(_ name: String) throws -> TokenRecord {
    try write { database in
      guard let id = try database.liveTokenID(name) else {
        throw RegistryError(
          .unknownToken, "There is no token \(NameRule.shown(name)).", place: .subject(name),
          remedy: "`registry token list` shows those that there are.")
      }
      // Clocks may run backwards; nothing ends before it began.
      try database.change(
        "UPDATE tokens SET revoked_at = max(?, created_at) WHERE id = ?",
        [Timestamp.now().microseconds, id])
      return try database.tokens("WHERE id = ?", [id])[0]
    }
  }

  /// All tokens, the oldest first, those that were revoked or have expired too.
  package func tokens() throws -> [TokenRecord] {
    try read { try $0.tokens("ORDER BY id", []) }
  }

  /// The token with this identifier, revoked and expired or not; `nil` if there never was one.
  package func token(identifier: [UInt8]) throws -> TokenRecord? {
    try read { try $0.tokens("WHERE identifier = ?", [Data(identifier)]).first }
  }

  /// Whether any token was not revoked and has not expired.
  package func hasLiveTokens() throws -> Bool {
    try read {
      try $0.number(
        """
        SELECT EXISTS (
          SELECT 1 FROM tokens INDEXED BY tokens_by_name
          WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?))
        """, [Timestamp.now().microseconds]) == 1
    }
  }
}

extension Database {
  fileprivate func liveTokenID(_ name: String) throws -> Int64? {
    try number("SELECT id FROM tokens WHERE name = ? AND revoked_at IS NULL", [name])
  }

  /// Tokens that fulfil a condition, which is a literal.
  fileprivate func tokens(_ clause: String, _ arguments: StatementArguments) throws -> [TokenRecord]
  {
    try all(
      """
      SELECT name, identifier, hash, role, created_at, created_by, expires_at, revoked_at
      FROM tokens \(clause)
      """, arguments
    ) {
      TokenRecord(
        name: try $0.next(), identifier: Array(try $0.next(Data.self)),
        hash: try $0.nextDigest(), role: try $0.next(), createdAt: try $0.nextTimestamp(),
        createdBy: try $0.next(),
        expiresAt: try $0.nextOptionalTimestamp(),
        revokedAt: try $0.nextOptionalTimestamp())
    }
  }
}
