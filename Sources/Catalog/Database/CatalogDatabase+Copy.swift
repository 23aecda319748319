import GRDB

extension CatalogDatabase {
  /// Copies the catalogue as it is at one moment into a new file, while others may write it.
  ///
  /// - Throws: What SQLite reports.
  /// - Complexity: O(size of the file).
  package func copy(to path: String) throws {
    try copying { source in
      let target = try DatabaseQueue(path: path, configuration: ConnectionSettings().configuration)
      try source.backup(to: target)
      try target.close()
    }
  }
}
