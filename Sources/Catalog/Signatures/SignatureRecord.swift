package import Tensors

/// A statement about a model version, as it was when it was signed.
package struct StatementRecord: Hashable, Sendable {
  /// The row of the version.
  package let versionID: Int64
  /// The SHA-256 of the content.
  package let digest: Digest
  /// The statement: canonical JSON.
  package let content: String

  /// A statement about a version.
  package init(versionID: Int64, digest: Digest, content: String) {
    self.versionID = versionID
    self.digest = digest
    self.content = content
  }
}

/// A signature under a statement.
package struct SignatureRecord: Hashable, Sendable {
  /// The 32 bytes of the Ed25519 key that it can be checked with.
  package let publicKey: [UInt8]
  /// The 64 bytes of the signature.
  package let signature: [UInt8]
  /// When it was made, as the signer's clock had it; not signed itself.
  package let signedAt: Timestamp

  /// A signature with these parts.
  package init(publicKey: [UInt8], signature: [UInt8], signedAt: Timestamp) {
    self.publicKey = publicKey
    self.signature = signature
    self.signedAt = signedAt
  }
}

/// A statement with all of its signatures.
package struct SignedStatementRecord: Hashable, Sendable {
  /// What was signed.
  package let statement: StatementRecord
  /// The signatures, oldest first.
  package let signatures: [SignatureRecord]
}
