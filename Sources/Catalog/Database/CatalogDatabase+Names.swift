import Foundation
import GRDB

extension CatalogDatabase {
  /// The names of models with at least one version that is not deleted, in order.
  ///
  /// - Complexity: O(names returned) reads of an index, unless many that begin so are deleted.
  package func modelNames(beginningWith prefix: String, limit: Int) throws -> [String] {
    try read { database in
      try database.all(
        """
        SELECT name FROM models
        WHERE name >= ?1 AND name < ?2 AND EXISTS (
          SELECT 1 FROM model_versions AS version
          WHERE version.model_id = models.id AND NOT EXISTS (
            SELECT 1 FROM deleted_model_versions WHERE version_id = version.id))
        ORDER BY name LIMIT ?3
        """, [prefix, prefix + Self.lastScalar, limit]
      ) { try $0.next() }
    }
  }

  /// The names of datasets with at least one version that is not deleted, in order.
  ///
  /// - Complexity: as for ``modelNames(beginningWith:limit:)``.
  package func datasetNames(beginningWith prefix: String, limit: Int) throws -> [String] {
    try read { database in
      try database.all(
        """
        SELECT name FROM datasets
        WHERE name >= ?1 AND name < ?2 AND EXISTS (
          SELECT 1 FROM dataset_versions AS version
          WHERE version.dataset_id = datasets.id AND NOT EXISTS (
            SELECT 1 FROM deleted_dataset_versions WHERE version_id = version.id))
        ORDER BY name LIMIT ?3
        """, [prefix, prefix + Self.lastScalar, limit]
      ) { try $0.next() }
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

  /// The last that a text can go on with: what begins with a prefix is less than the prefix and this.
  private static let lastScalar = "\u{10FFFF}"
}
