import Foundation
import GRDB

extension CatalogDatabase {
  /// The names of models with at least one version that is not deleted, in order.
  ///
  /// - Complexity: O(names returned) reads of an index, unless many that begin so are deleted.
  package func modelNames(beginningWith prefix: String, limit: Int) throws -> [String] {
    try names(
      """
      SELECT name FROM models
      WHERE name >= ? AND name < ? AND EXISTS (
        SELECT 1 FROM model_versions AS version
        WHERE version.model_id = models.id AND NOT EXISTS (
          SELECT 1 FROM deleted_model_versions WHERE version_id = version.id))
      ORDER BY name LIMIT ?
      """, beginningWith: prefix, limit: limit)
  }

  /// The names of datasets with at least one version that is not deleted, in order.
  ///
  /// - Complexity: as for ``modelNames(beginningWith:limit:)``.
  package func datasetNames(beginningWith prefix: String, limit: Int) throws -> [String] {
    try names(
      """
      SELECT name FROM datasets
      WHERE name >= ? AND name < ? AND EXISTS (
        SELECT 1 FROM dataset_versions AS version
        WHERE version.dataset_id = datasets.id AND NOT EXISTS (
          SELECT 1 FROM deleted_dataset_versions WHERE version_id = version.id))
      ORDER BY name LIMIT ?
      """, beginningWith: prefix, limit: limit)
  }

  private func names(
    _ sql: String, beginningWith prefix: String, limit: Int
  ) throws -> [String] {
    // What begins with a prefix is less than the prefix and the last scalar there is.
    try read { database in
      try database.all(sql, [prefix, prefix + "\u{10FFFF}", limit]) { try $0.next() }
    }
  }

  /// The identifiers of runs that are not deleted, the newest first.
  package func runIdentifiers(beginningWith prefix: String, limit: Int) throws -> [String] {
    let all = (first: [UInt8](repeating: 0, count: 16), last: [UInt8](repeating: 255, count: 16))
    guard let range = prefix.isEmpty ? all : RunIdentifier.range(ofPrefix: prefix) else {
      return []
    }
    return try read { database in
      try database.all(
        """
        SELECT identifier FROM runs WHERE identifier BETWEEN ? AND ? AND NOT EXISTS (
          SELECT 1 FROM deleted_runs WHERE run_id = runs.id)
        ORDER BY identifier DESC LIMIT ?
        """, [Data(range.first), Data(range.last), limit]
      ) { try $0.nextRunIdentifier() }
    }
  }
}
