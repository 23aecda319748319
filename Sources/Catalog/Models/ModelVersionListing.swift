import GRDB

/// What a list shows of a model version.
package struct ModelVersionListing: Hashable, Sendable {
  /// The number of its row.
  package let id: Int64
  /// The name of the model.
  package let model: String
  /// The number among the versions of the model.
  package let version: Int
  /// How the version came to be.
  package let origin: ModelOrigin
  /// The name of the architecture.
  package let architecture: String
  /// The names of the outputs in order, as canonical JSON.
  package let labels: String
  /// The version that it was derived from.
  package let base: NamedVersion?
  /// The number of parameters.
  package let parameterCount: Int
  /// The bytes of the tensors that the base has too.
  package let sharedBytes: Int
  /// The bytes that the version added to the registry.
  package let ownByteCount: Int
  /// The run that made it.
  package let runID: String?
  /// When it was registered.
  package let createdAt: Timestamp
  /// The aliases that point to it, in order.
  package let aliases: [String]
  /// The last value of each metric of the run that made it.
  package let metrics: [String: Double]
  /// The recalls in force that cover it, the oldest first.
  package let recalls: [RecallRecord]
  /// The tags and the note that hold for it.
  package let annotations: Annotations
}

extension CatalogDatabase {
  /// What lists show of the versions in these rows, in this order.
  ///
  /// The number of statements does not depend on that of the versions.
  ///
  /// - Complexity: O(answer).
  package func modelVersionListings(_ ids: [Int64]) throws -> [ModelVersionListing] {
    try read { database in
      let page = RowNumbers.text(ids)
      let aliases = try database.grouped(
        """
        SELECT page.value, aliases.name FROM json_each(?1) AS page
        CROSS JOIN aliases ON aliases.version_id = page.value ORDER BY aliases.name
        """, [page]
      ) { try $0.next(String.self) }
      let recalls = try database.recalls(coveringVersions: page)
      let annotations = try database.annotations(of: .modelVersion, ids)
      let metrics = try database.grouped(
        """
        SELECT page.value, metric_keys.name, metric_series.last_value
        FROM json_each(?1) AS page
        CROSS JOIN model_versions AS own ON own.id = page.value
        CROSS JOIN metric_series ON metric_series.run_id = own.run_id
        JOIN metric_keys ON metric_keys.id = metric_series.key_id
        """, [page]
      ) { (try $0.next(String.self), try $0.next(Double?.self) ?? .nan) }
      let documents = DocumentCache()
      return try database.all(
        """
        SELECT own.id, models.name, own.version, own.origin, own.architecture, own.labels_id,
          base.id, base_models.name, base.version, own.parameter_count, own.shared_bytes,
          own.own_byte_count, runs.identifier, own.created_at
        FROM json_each(?1) AS page
        CROSS JOIN model_versions AS own ON own.id = page.value
        JOIN models ON models.id = own.model_id
        LEFT JOIN model_versions AS base ON base.id = own.base_id
        LEFT JOIN models AS base_models ON base_models.id = base.model_id
        LEFT JOIN runs ON runs.id = own.run_id
        ORDER BY page.key
        """, [page]
      ) {
        let id: Int64 = try $0.next()
        return ModelVersionListing(
          id: id, model: try $0.next(), version: try $0.next(), origin: try $0.nextCase(),
          architecture: try $0.next(), labels: try documents.content($0.next(), database),
          base: try $0.nextOptionalNamedVersion(), parameterCount: try $0.next(),
          sharedBytes: try $0.next(), ownByteCount: try $0.next(),
          runID: try $0.nextOptionalRunIdentifier(), createdAt: try $0.nextTimestamp(),
          aliases: aliases[id] ?? [],
          metrics: Dictionary(metrics[id] ?? []) { first, _ in first },
          recalls: recalls[id] ?? [], annotations: annotations[id] ?? Annotations())
      }
    }
  }
}

/// Numbers of rows as one bound value: a JSON list, which SQLite reads as a table.
enum RowNumbers {
  static func text(_ ids: [Int64]) -> String {
    "[" + ids.map(String.init).joined(separator: ",") + "]"
  }
}

extension Database {
  /// The rows of a query, of which the first column is what they belong to.
  func grouped<Value>(
    _ sql: String, _ arguments: StatementArguments,
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> [Int64: [Value]] {
    var groups: [Int64: [Value]] = [:]
    for (key, value) in try all(sql, arguments, { (try $0.next(Int64.self), try decode(&$0)) }) {
      groups[key, default: []].append(value)
    }
    return groups
  }

  /// The row of the model version that a reference means.
  ///
  /// - Throws: `unknown_model`, `unknown_model_version`, `unknown_alias`.
  func existingModelVersionID(_ reference: Reference) throws -> Int64 {
    guard let id = try modelVersionID(reference) else { throw try unknownModelVersion(reference) }
    return id
  }
}
