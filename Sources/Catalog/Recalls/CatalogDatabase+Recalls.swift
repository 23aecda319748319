package import Diagnostics
import GRDB

extension RegistryError.Code {
  /// The version is recalled already.
  package static let alreadyRecalled = Self("already_recalled", .conflict)
  /// The version itself was not recalled, or not any more.
  package static let notRecalled = Self("not_recalled", .conflict)
}

extension CatalogDatabase {
  /// Marks a model version and all its descendants, also those that are derived later.
  ///
  /// - Throws: `unknown_model` and the like; `already_recalled` when the version itself is.
  /// - Complexity: O(*n* log *n*) in the descendants.
  package func recall(
    _ reference: Reference, reason: String
  ) throws -> (recall: RecallRecord, reach: RecallReach) {
    try write { database in
      let version = try database.existingModelVersionID(reference)
      if let former = try database.recallInForce(ofVersion: version) {
        throw RegistryError(
          .alreadyRecalled,
          "\(former.version) was recalled already, at \(former.recalledAt.iso8601): "
            + "\(NameRule.shown(former.reason)).",
          place: .subject(former.version.description),
          remedy: "Undo that recall first if the reason has changed.")
      }
      let id = try database.record(
        RecallDraft(reason: reason, recalledAt: .now()), ofModelVersion: version)
      return (try database.recall(id: id), try database.reach(ofRecall: id))
    }
  }

  /// Takes back the recall of a version; what other recalls cover stays recalled.
  ///
  /// - Returns: The recall, and how far it reached.
  /// - Throws: `unknown_model` and the like; `not_recalled` when the version itself is not.
  package func undoRecall(
    _ reference: Reference, reason: String?
  ) throws -> (recall: RecallRecord, reach: RecallReach) {
    try write { database in
      let version = try database.existingModelVersionID(reference)
      guard let recall = try database.recallInForce(ofVersion: version) else {
        throw try database.notRecalled(version)
      }
      let reach = try database.reach(ofRecall: recall.id)
      // Clocks may run backwards; a recall never ends before it began.
      let now = max(Timestamp.now(), recall.recalledAt)
      try database.change(
        "UPDATE recalls SET undone_at = ?, undo_reason = ? WHERE id = ?",
        [now.microseconds, try reason?.withoutNull(), recall.id])
      try database.change("DELETE FROM recalled_versions WHERE recall_id = ?", [recall.id])
      return (try database.recall(id: recall.id), reach)
    }
  }

  /// The recalls in force that cover a version, the oldest first.
  package func recalls(coveringVersion id: Int64) throws -> [RecallRecord] {
    try read { try $0.recalls(coveringVersions: RowNumbers.text([id]))[id] ?? [] }
  }

  /// The recalls in force that cover versions, by version, the oldest first.
  package func recalls(coveringVersions ids: [Int64]) throws -> [Int64: [RecallRecord]] {
    try read { try $0.recalls(coveringVersions: RowNumbers.text(ids)) }
  }

  /// Every recall of any version, or of one and its ancestors, those that were undone too, the newest
  /// first.
  package func recallHistory(of reference: Reference? = nil) throws -> [RecallRecord] {
    try read { database in
      guard let reference else {
        return try database.all(Database.recallColumns + " ORDER BY recalls.id DESC") {
          try RecallRecord(&$0)
        }
      }
      let version = try database.existingModelVersionID(reference)
      return try database.all(
        """
        WITH RECURSIVE above (id) AS (
          SELECT ?1
          UNION ALL
          SELECT own.base_id FROM above CROSS JOIN model_versions AS own ON own.id = above.id
          WHERE own.base_id IS NOT NULL)
        \(Database.recallColumns)
        WHERE recalls.id IN (
          SELECT past.id FROM above CROSS JOIN recalls AS past ON past.version_id = above.id)
        ORDER BY recalls.id DESC
        """, [version]
      ) { try RecallRecord(&$0) }
    }
  }
}

extension CatalogSnapshot {
  /// The recalls of a model version itself, those that were undone too, the oldest first.
  package func recalls(ofModelVersion id: Int64) throws -> [RecallRecord] {
    try database.all(
      Database.recallColumns + " WHERE recalls.version_id = ? ORDER BY recalls.id", [id]
    ) { try RecallRecord(&$0) }
  }
}

extension RecallRecord {
  init(_ columns: inout ColumnReader) throws {
    id = try columns.next()
    version = try columns.nextNamedVersion()
    reason = try columns.next()
    recalledAt = try columns.nextTimestamp()
    undoneAt = try columns.next(Int64?.self).map(Timestamp.init(microseconds:))
    undoReason = try columns.next()
  }
}

extension Database {
  static let recallColumns = """
    SELECT recalls.id, own.id, models.name, own.version, recalls.reason, recalls.recalled_at,
      recalls.undone_at, recalls.undo_reason
    FROM recalls JOIN model_versions AS own ON own.id = recalls.version_id
    JOIN models ON models.id = own.model_id
    """

  func recall(id: Int64) throws -> RecallRecord {
    let recall = try first(Self.recallColumns + " WHERE recalls.id = ?", [id]) {
      try RecallRecord(&$0)
    }
    guard let recall else { throw CatalogDamage(description: "recall \(id) is missing") }
    return recall
  }

  /// Records a recall, with all that it covers while it is in force.
  ///
  /// - Returns: Its row.
  /// - Complexity: O(*n* log *n*) in the descendants.
  func record(_ recall: RecallDraft, ofModelVersion version: Int64) throws -> Int64 {
    let id = try insert(
      """
      INSERT INTO recalls (version_id, reason, recalled_at, undone_at, undo_reason)
      VALUES (?, ?, ?, ?, ?)
      """,
      [
        version, try recall.reason.withoutNull(), recall.recalledAt.microseconds,
        recall.undoneAt?.microseconds, try recall.undoReason?.withoutNull(),
      ])
    guard recall.undoneAt == nil else { return id }
    try change(
      """
      WITH RECURSIVE covered (id) AS (
        SELECT ?1
        UNION ALL
        SELECT child.id FROM covered
        CROSS JOIN model_versions AS child ON child.base_id = covered.id)
      INSERT INTO recalled_versions (version_id, recall_id) SELECT id, ?2 FROM covered
      """, [version, id])
    return id
  }

  fileprivate func recallInForce(ofVersion id: Int64) throws -> RecallRecord? {
    try first(
      Self.recallColumns + " WHERE recalls.version_id = ? AND recalls.undone_at IS NULL", [id]
    ) { try RecallRecord(&$0) }
  }

  /// The recalls in force of versions, whose numbers are a JSON list.
  func recalls(coveringVersions page: String) throws -> [Int64: [RecallRecord]] {
    try grouped(
      """
      SELECT page.value, recalls.id, own.id, models.name, own.version, recalls.reason,
        recalls.recalled_at, recalls.undone_at, recalls.undo_reason
      FROM json_each(?1) AS page
      CROSS JOIN recalled_versions ON recalled_versions.version_id = page.value
      JOIN recalls ON recalls.id = recalled_versions.recall_id
      JOIN model_versions AS own ON own.id = recalls.version_id
      JOIN models ON models.id = own.model_id
      ORDER BY recalls.id
      """, [page]
    ) { try RecallRecord(&$0) }
  }

  fileprivate func reach(ofRecall id: Int64) throws -> RecallReach {
    let covered = try number(
      "SELECT count(*) FROM recalled_versions WHERE recall_id = ?", [id])
    let aliases = try all(
      """
      SELECT models.name || '@' || aliases.name FROM recalled_versions
      CROSS JOIN aliases ON aliases.version_id = recalled_versions.version_id
      JOIN models ON models.id = aliases.model_id
      WHERE recalled_versions.recall_id = ? ORDER BY models.name, aliases.name
      """, [id]
    ) { try $0.next(String.self) }
    return RecallReach(descendantCount: Int(covered ?? 1) - 1, aliases: aliases)
  }

  /// The error for a version that is not recalled itself, which names the ancestor that is.
  fileprivate func notRecalled(_ id: Int64) throws -> RegistryError {
    let record = try modelVersion(id: id)
    let covering = try recalls(coveringVersions: RowNumbers.text([id]))[id] ?? []
    return RegistryError(
      .notRecalled,
      covering.isEmpty
        ? "\(record.reference) is not recalled."
        : "\(record.reference) was not recalled itself, but descends from "
          + covering.map(\.version.description).joined(separator: " and ") + ".",
      place: .subject(record.reference.description),
      remedy: covering.first.map { "Undo the recall of \($0.version)." }
        ?? "`registry recall --history` shows what was recalled.")
  }
}
