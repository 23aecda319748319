import GRDB

/// One consistent state of the catalogue, for an answer that needs several questions.
package struct CatalogSnapshot {
  let database: Database

  init(_ database: Database) { self.database = database }

  /// The model version with that row.
  ///
  /// - Throws: `unknown_model_version`.
  package func modelVersion(id: Int64) throws -> ModelVersionRecord {
    try database.modelVersion(id: id)
  }

  /// A run by its identifier.
  ///
  /// - Throws: `unknown_run`.
  package func run(_ identifier: String) throws -> RunRecord {
    try database.run(id: try database.runID(identifier))
  }
}

extension CatalogDatabase {
  /// Reads one state, whatever others write meanwhile.
  package func snapshot<Value>(_ body: (CatalogSnapshot) throws -> Value) throws -> Value {
    try read { try body(CatalogSnapshot($0)) }
  }
}
