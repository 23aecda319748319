private import Diagnostics
import GRDB

extension CatalogDatabase {
  /// Restores what was deleted and not collected: all that is asked, or nothing.
  ///
  /// A name without a version restores every version that can be.
  ///
  /// - Throws: `not_deleted`, `collected`, and that there is no such thing.
  package func restore(_ subjects: [SubjectName]) throws -> DeletedSubjects {
    try write { database in
      var rows = DeletionRows()
      for subject in subjects { try database.addDeleted(subject, to: &rows) }
      return try database.restore(rows)
    }
  }

  /// Undoes the newest deletion of which something can be restored.
  ///
  /// - Throws: `not_deleted` when there is none.
  package func restoreLastDeletion() throws -> DeletedSubjects {
    try write { database in
      let newest = try DeletedTable.all.compactMap {
        try database.number($0.newestRestorableDeletion)
      }
      guard let deletion = newest.max() else {
        throw RegistryError(
          .notDeleted, "Nothing is deleted that could be restored.",
          remedy: "`registry restore --list` shows what was deleted.")
      }
      func ids(_ table: DeletedTable) throws -> Set<Int64> {
        Set(try database.all(table.restorable, [deletion]) { try $0.next(Int64.self) })
      }
      return try database.restore(
        DeletionRows(
          modelVersions: try ids(.modelVersions), datasetVersions: try ids(.datasetVersions),
          runs: try ids(.runs)))
    }
  }

  /// Everything that is deleted, the newest deletion first.
  ///
  /// - Complexity: O(answer).
  package func tombstones() throws -> [Tombstone] {
    try read { database in
      let found = try DeletedTable.all.flatMap { table in
        try database.all(table.everything) {
          (
            id: try $0.next(Int64.self), deletedAt: try $0.nextTimestamp(),
            deletedBy: try $0.next(String.self),
            collectedAt: try $0.nextOptionalTimestamp()
          )
        }.map { row in
          Tombstone(
            subject: try database.subject(table.kind, row.id), deletedAt: row.deletedAt,
            deletedBy: row.deletedBy, collectedAt: row.collectedAt)
        }
      }
      return found.sorted { ($0.deletedAt, $0.subject.id) > ($1.deletedAt, $1.subject.id) }
    }
  }
}

/// One of the tables of what is deleted; statements are literals, so that they are kept prepared.
struct DeletedTable {
  let kind: Subject.Kind
  /// The newest act of which something can be restored.
  let newestRestorableDeletion: String
  /// The rows of an act that can be restored.
  let restorable: String
  let everything: String

  static let modelVersions = DeletedTable(
    kind: .modelVersion,
    newestRestorableDeletion:
      "SELECT max(deletion_id) FROM deleted_model_versions WHERE collected_at IS NULL",
    restorable: """
      SELECT version_id FROM deleted_model_versions WHERE deletion_id = ? AND collected_at IS NULL
      """,
    everything: """
      SELECT gone.version_id, deletions.deleted_at, deletions.deleted_by, gone.collected_at
      FROM deleted_model_versions AS gone JOIN deletions ON deletions.id = gone.deletion_id
      """)

  static let datasetVersions = DeletedTable(
    kind: .datasetVersion,
    newestRestorableDeletion:
      "SELECT max(deletion_id) FROM deleted_dataset_versions WHERE collected_at IS NULL",
    restorable: """
      SELECT version_id FROM deleted_dataset_versions
      WHERE deletion_id = ? AND collected_at IS NULL
      """,
    everything: """
      SELECT gone.version_id, deletions.deleted_at, deletions.deleted_by, gone.collected_at
      FROM deleted_dataset_versions AS gone JOIN deletions ON deletions.id = gone.deletion_id
      """)

  static let runs = DeletedTable(
    kind: .run,
    newestRestorableDeletion:
      "SELECT max(deletion_id) FROM deleted_runs WHERE collected_at IS NULL",
    restorable: "SELECT run_id FROM deleted_runs WHERE deletion_id = ? AND collected_at IS NULL",
    everything: """
      SELECT gone.run_id, deletions.deleted_at, deletions.deleted_by, gone.collected_at
      FROM deleted_runs AS gone JOIN deletions ON deletions.id = gone.deletion_id
      """)

  static let all = [modelVersions, datasetVersions, runs]
}

extension Database {
  fileprivate func subject(_ kind: Subject.Kind, _ id: Int64) throws -> Subject {
    let name =
      switch kind {
      case .run: try runName(id)
      case .datasetVersion, .dataset: try datasetVersionName(id).description
      case .modelVersion, .model: try modelVersionName(id).description
      }
    return Subject(kind: kind, id: id, name: name)
  }

  fileprivate func restore(_ rows: DeletionRows) throws -> DeletedSubjects {
    for id in rows.modelVersions {
      try change("DELETE FROM deleted_model_versions WHERE version_id = ?", [id])
    }
    for id in rows.datasetVersions {
      try change("DELETE FROM deleted_dataset_versions WHERE version_id = ?", [id])
    }
    for id in rows.runs { try change("DELETE FROM deleted_runs WHERE run_id = ?", [id]) }
    return try named(rows)
  }

  /// Adds the rows that a name means and that can be restored.
  fileprivate func addDeleted(_ name: SubjectName, to rows: inout DeletionRows) throws {
    let found: [DeletedRow]
    let subject: String
    switch name {
    case .model(let text):
      (found, subject) = (try deletedModelVersions(try Reference(parsing: text)), text)
    case .dataset(let text):
      (found, subject) = (try deletedDatasetVersions(try Reference(parsing: text)), text)
    case .run(let text):
      let id = try runID(text)
      let row = try first(
        "SELECT run_id, collected_at FROM deleted_runs WHERE run_id = ?", [id], DeletedRow.init)
      (found, subject) = (row.map { [$0] } ?? [], try runName(id))
    }
    guard !found.isEmpty else {
      // A name that means nothing at all is the error of that.
      _ = try self.subject(name)
      throw RegistryError(
        .notDeleted, "\(subject) is not deleted.", place: .subject(subject),
        remedy: "`registry restore --list` shows what is.")
    }
    let restorable = found.filter { !$0.isCollected }.map(\.id)
    guard !restorable.isEmpty else {
      throw RegistryError(
        .collected, "\(subject) was deleted, and `registry gc` has freed its bytes.",
        place: .subject(subject),
        remedy: "Import or train it again; its record stays in the lineage of its descendants.")
    }
    switch name {
    case .model: rows.modelVersions.formUnion(restorable)
    case .dataset: rows.datasetVersions.formUnion(restorable)
    case .run: rows.runs.formUnion(restorable)
    }
  }

  private func deletedModelVersions(_ reference: Reference) throws -> [DeletedRow] {
    let rows = """
      SELECT gone.version_id, gone.collected_at
      FROM models JOIN model_versions ON model_versions.model_id = models.id
      JOIN deleted_model_versions AS gone ON gone.version_id = model_versions.id
      WHERE models.name = ?
      """
    return switch reference.selector {
    case .newest: try all(rows, [reference.name], DeletedRow.init)
    case .version(let version):
      try all(
        rows + " AND model_versions.version = ?", [reference.name, version], DeletedRow.init)
    // No alias points to what is deleted.
    case .alias: []
    }
  }

  private func deletedDatasetVersions(_ reference: Reference) throws -> [DeletedRow] {
    let rows = """
      SELECT gone.version_id, gone.collected_at
      FROM datasets JOIN dataset_versions ON dataset_versions.dataset_id = datasets.id
      JOIN deleted_dataset_versions AS gone ON gone.version_id = dataset_versions.id
      WHERE datasets.name = ?
      """
    return switch reference.selector {
    case .newest: try all(rows, [reference.name], DeletedRow.init)
    case .version(let version):
      try all(
        rows + " AND dataset_versions.version = ?", [reference.name, version], DeletedRow.init)
    case .alias: []
    }
  }
}

/// Something deleted.
private struct DeletedRow {
  let id: Int64
  let isCollected: Bool

  init(_ columns: inout ColumnReader) throws {
    id = try columns.next()
    isCollected = try columns.next(Int64?.self) != nil
  }
}
