private import FoundationEssentials
import GRDB
private import Tensors

extension CatalogDatabase {
  /// Keeps statements, those of a version and all its bases, and a signature under the last.
  ///
  /// - Returns: Whether that key had not signed that statement before; if it had, nothing changes.
  package func record(
    _ statements: [StatementRecord], signature: SignatureRecord
  ) throws -> Bool {
    try write { try $0.record(statements, signature: signature) }
  }

  /// The model versions that anybody signed and nobody deleted, oldest first.
  package func signedModelVersions() throws -> [Int64] {
    try read { database in
      try database.all(
        """
        SELECT DISTINCT statements.version_id
        FROM signatures JOIN statements ON statements.id = signatures.statement_id
        WHERE NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone
          WHERE gone.version_id = statements.version_id)
        ORDER BY statements.version_id
        """
      ) { try $0.next() }
    }
  }
}

extension CatalogSnapshot {
  /// The statements about a model version that were signed, oldest first.
  package func signedStatements(
    ofModelVersion id: Int64
  ) throws -> [SignedStatementRecord] {
    try database.statements(ofModelVersion: id).compactMap { id, statement in
      let signatures = try database.all(
        """
        SELECT public_key, signature, signed_at FROM signatures
        WHERE statement_id = ? ORDER BY signed_at, public_key
        """, [id]
      ) {
        SignatureRecord(
          publicKey: [UInt8](try $0.next(Data.self)), signature: [UInt8](try $0.next(Data.self)),
          signedAt: try $0.nextTimestamp())
      }
      return signatures.isEmpty
        ? nil : SignedStatementRecord(statement: statement, signatures: signatures)
    }
  }

  /// All statements about a model version that were kept, because it or a child was signed.
  package func statements(ofModelVersion id: Int64) throws -> [StatementRecord] {
    try database.statements(ofModelVersion: id).map(\.statement)
  }
}

extension Database {
  fileprivate func statements(
    ofModelVersion id: Int64
  ) throws -> [(id: Int64, statement: StatementRecord)] {
    try all("SELECT id, digest, content FROM statements WHERE version_id = ? ORDER BY id", [id]) {
      (
        id: try $0.next(Int64.self),
        statement: StatementRecord(
          versionID: id, digest: try $0.nextDigest(), content: try $0.next())
      )
    }
  }

  func record(_ statements: [StatementRecord], signature: SignatureRecord) throws -> Bool {
    var last: Int64?
    for statement in statements {
      last =
        try number("SELECT id FROM statements WHERE digest = ?", [statement.digest.blob])
        ?? insert(
          "INSERT INTO statements (version_id, digest, content) VALUES (?, ?, ?)",
          [statement.versionID, statement.digest.blob, statement.content])
    }
    guard let last else { preconditionFailure("a signature stands under a statement") }
    try change(
      """
      INSERT INTO signatures (statement_id, public_key, signature, signed_at)
      VALUES (?, ?, ?, ?) ON CONFLICT (statement_id, public_key) DO NOTHING
      """,
      [
        last, Data(signature.publicKey), Data(signature.signature),
        signature.signedAt.microseconds,
      ])
    return changesCount > 0
  }
}
