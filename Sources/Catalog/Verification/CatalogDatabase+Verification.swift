import GRDB
private import Tensors

extension CatalogDatabase {
  /// Every object that some record needs; what was collected is not among them.
  ///
  /// - Complexity: O(objects).
  package func referencedObjects() throws -> [ReferencedObject] {
    try read { database in
      let images = try database.all(
        """
        SELECT digest, byte_count FROM images WHERE NOT EXISTS (
          SELECT 1 FROM collected_images WHERE image_id = images.id)
        ORDER BY id
        """
      ) {
        ReferencedObject(digest: try $0.nextDigest(), kind: .image, byteCount: try $0.next())
      }
      let packs = try database.all("SELECT digest, byte_count FROM packs ORDER BY id") {
        ReferencedObject(digest: try $0.nextDigest(), kind: .pack, byteCount: try $0.next())
      }
      let checkpoints = try database.all(
        "SELECT digest, byte_count FROM checkpoints ORDER BY run_id"
      ) {
        ReferencedObject(digest: try $0.nextDigest(), kind: .checkpoint, byteCount: try $0.next())
      }
      return images + packs + checkpoints
    }
  }

  /// Whatever the records say that cannot be, one sentence each; empty when all is well.
  ///
  /// SQLite checks its pages, indexes and foreign keys; we check what only we know.
  ///
  /// - Complexity: O(size of the catalogue).
  package func contradictions() throws -> [String] {
    try read { database in
      let pages = try database.all("PRAGMA integrity_check(20)") { try $0.next(String.self) }
      guard pages == ["ok"] else { return pages.map { "SQLite: \($0)" } }
      let keys = try database.all("PRAGMA foreign_key_check") {
        let (table, row) = (try $0.next(String.self), try $0.next(Int64?.self))
        return
          "A row of \(table) points to nothing: row \(row.map(String.init) ?? "without number")."
      }
      let rules = try ConsistencyRule.all.flatMap { rule in
        try database.all(rule.sql) { "\(rule.sentence): \(try $0.next(String.self))." }
      }
      let groups = try database.damagedGroups()
      let documents = try database.damagedDocuments()
      return try keys + rules + groups + documents + database.damagedStatements()
    }
  }
}

extension Database {
  /// The groups whose digest is not that of their tensors, of all versions or of one.
  func damagedGroups(ofModelVersion version: Int64? = nil) throws -> [String] {
    let columns = "SELECT id, digest, tensor_count FROM tensor_groups"
    let decode: (inout ColumnReader) throws -> (id: Int64, digest: Digest, count: Int) = {
      (id: try $0.next(), digest: try $0.nextDigest(), count: try $0.next())
    }
    let groups =
      if let version {
        try all(
          columns
            + " WHERE id IN (SELECT group_id FROM model_version_groups WHERE version_id = ?)",
          [version], decode)
      } else {
        try all(columns, [], decode)
      }
    return try groups.compactMap { group in
      let tensors = try all(
        """
        SELECT tensor_names.name, tensors.digest FROM tensor_group_members AS members
        JOIN tensor_names ON tensor_names.id = members.name_id
        JOIN tensors ON tensors.id = members.tensor_id
        WHERE members.group_id = ? ORDER BY members.position
        """, [group.id]
      ) { NamedTensor(name: try $0.next(), digest: try $0.nextDigest()) }
      let isIntact = tensors.count == group.count && Self.digest(of: tensors) == group.digest
      return isIntact ? nil : "A group of tensors is not what its digest says: \(group.id)."
    }
  }

  /// The documents whose digest is not that of their text, of all versions and runs or of one
  /// version.
  func damagedDocuments(ofModelVersion version: Int64? = nil) throws -> [String] {
    let columns = "SELECT id, digest, content FROM documents"
    let decode: (inout ColumnReader) throws -> Int64? = {
      let (id, digest) = (try $0.next(Int64.self), try $0.nextDigest())
      let content: String = try $0.next()
      return Self.digest(ofText: content) == digest ? nil : id
    }
    let damaged =
      if let version {
        try all(
          columns + """
             WHERE id IN (
              SELECT documents.id FROM model_versions AS own JOIN documents
                ON documents.id IN (own.backbone_id, own.head_id, own.labels_id,
                  own.preprocessing_id, own.freeze_plan_id, own.source_id)
              WHERE own.id = ?)
            """, [version], decode)
      } else {
        try all(columns, [], decode)
      }
    return damaged.compactMap { $0 }.map { "A document is not what its digest says: \($0)." }
  }

  /// The kept statements whose digest is not that of their text.
  fileprivate func damagedStatements() throws -> [String] {
    let damaged = try all("SELECT id, digest, content FROM statements") {
      let (id, digest) = (try $0.next(Int64.self), try $0.nextDigest())
      let content: String = try $0.next()
      return Self.digest(ofText: content) == digest ? nil : id
    }
    return damaged.compactMap { $0 }.map { "A statement is not what its digest says: \($0)." }
  }
}
