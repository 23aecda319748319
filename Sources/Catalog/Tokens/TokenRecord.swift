package import Tensors

/// A secret by which somebody is known to the service, without the secret.
package struct TokenRecord: Hashable, Sendable {
  /// The name by which people call it.
  package let name: String
  /// The eight bytes of it that are no secret.
  package let identifier: [UInt8]
  /// The SHA-256 of the secret.
  package let hash: Digest
  /// `read`, `write` or `admin`.
  package let role: String
  /// When it was made.
  package let createdAt: Timestamp
  /// Who made it, as `USER@HOST`.
  package let createdBy: String
  /// From when on it is worth nothing.
  package let expiresAt: Timestamp?
  /// When it was revoked.
  package let revokedAt: Timestamp?

  /// A token with these properties.
  package init(
    name: String, identifier: [UInt8], hash: Digest, role: String, createdAt: Timestamp,
    createdBy: String, expiresAt: Timestamp?, revokedAt: Timestamp? = nil
  ) {
    self.name = name
    self.identifier = identifier
    self.hash = hash
    self.role = role
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }
}
