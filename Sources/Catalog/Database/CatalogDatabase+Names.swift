import Foundation
import GRDB

/// The tables of what has versions under a name.
package enum NamedTable: String, Sendable {
  case models, datasets

  /// The condition that a row has a version that is not deleted.
  fileprivate var hasVersions: String {
    switch self {
    case .models:
      """
      EXISTS (
        SELECT 1 FROM model_versions WHERE model_id = models.id AND NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone
          WHERE gone.version_id = model_versions.id))
      """
    case .datasets:
      """
      EXISTS (
        SELECT 1 FROM dataset_versions WHERE dataset_id = datasets.id AND NOT EXISTS (
          SELECT 1 FROM deleted_dataset_versions AS gone
          WHERE gone.version_id = dataset_versions.id))
      """
    }
  }
}

extension Database {
  /// The names that have a version that is not deleted, the newest first: enough of them to find a
  /// slip of the finger among those that one works with.
  func newestNames(of table: NamedTable) throws -> [String] {
    try all(
      """
      SELECT name FROM \(table.rawValue) WHERE \(table.hasVersions)
      ORDER BY id DESC LIMIT 10000
      """
    ) { try $0.next() }
  }
}

extension CatalogDatabase {
  /// The names that begin so and have a version that is not deleted, in order.
  ///
  /// - Complexity: O(names returned) reads of an index, unless many that begin so are deleted.
  package func names(
    of table: NamedTable, beginningWith prefix: String, limit: Int
  ) throws -> [String] {
    // What begins with a prefix is less than the prefix and the last scalar there is.
    try read { database in
      try database.all(
        """
        SELECT name FROM \(table.rawValue) WHERE name >= ? AND name < ? AND \(table.hasVersions)
        ORDER BY name LIMIT ?
        """, [prefix, prefix + "\u{10FFFF}", limit]
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
}
