import GRDB

/// What the versions of a model take.
package struct ModelStorageRecord: Hashable, Sendable {
  /// The name of the model.
  package let model: String
  /// How many versions it has.
  package let versionCount: Int
  /// The bytes that they added to the registry.
  package let ownByteCount: Int
  /// The bytes of tensors that versions have from their bases.
  package let sharedByteCount: Int
  /// The bytes of all tensors of all versions, as if each version were a file of its own.
  package let separateByteCount: Int
}

/// How many rows of a kind there are, and how many bytes they stand for.
package struct StorageTotal: Hashable, Sendable {
  /// What is counted.
  package enum Kind: String, Sendable, CaseIterable {
    case image
    case pack
    case checkpoint
    /// Model versions, with the bytes of all their tensors, each version as if alone.
    case modelVersion = "model_version"
  }

  /// How many rows there are.
  package var count: Int
  /// The bytes that they stand for.
  package var byteCount: Int

  /// A total; nothing unless told otherwise.
  package init(count: Int = 0, byteCount: Int = 0) {
    self.count = count
    self.byteCount = byteCount
  }
}

extension CatalogDatabase {
  /// What the newest models take, the newest first.
  ///
  /// - Complexity: O(versions of the models in the answer).
  package func modelStorage(limit: Int) throws -> [ModelStorageRecord] {
    try read { database in
      let models = try database.all("SELECT id, name FROM models ORDER BY id DESC LIMIT ?", [limit])
      {
        (id: try $0.next(Int64.self), name: try $0.next(String.self))
      }
      return try models.compactMap { model in
        try database.first(
          """
          SELECT count(*), coalesce(sum(own_byte_count), 0), coalesce(sum(shared_bytes), 0),
            coalesce(sum(shared_bytes + new_bytes), 0)
          FROM model_versions AS own WHERE own.model_id = ? AND NOT EXISTS (
            SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = own.id)
          """, [model.id]
        ) {
          ModelStorageRecord(
            model: model.name, versionCount: try $0.next(), ownByteCount: try $0.next(),
            sharedByteCount: try $0.next(), separateByteCount: try $0.next())
        }
      }.filter { $0.versionCount > 0 }
    }
  }

  /// How much there is of each kind.
  ///
  /// - Complexity: O(1): triggers keep the numbers.
  package func storageTotals() throws -> [StorageTotal.Kind: StorageTotal] {
    try read { database in
      var totals: [StorageTotal.Kind: StorageTotal] = [:]
      for kind in StorageTotal.Kind.allCases {
        totals[kind] = try database.first(
          "SELECT row_count, byte_count FROM storage_totals WHERE kind = ?", [kind.rawValue]
        ) { StorageTotal(count: try $0.next(), byteCount: try $0.next()) }
      }
      return totals
    }
  }
}
