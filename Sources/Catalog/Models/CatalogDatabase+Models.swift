package import Diagnostics
import GRDB

extension RegistryError.Code {
  /// There is no model of that name.
  package static let unknownModel = Self("unknown_model", .notFound)
  /// The model has no such version.
  package static let unknownModelVersion = Self("unknown_model_version", .notFound)
  /// The model has no such alias.
  package static let unknownAlias = Self("unknown_alias", .notFound)
}

extension CatalogDatabase {
  /// The model version that a reference means.
  ///
  /// - Throws: `unknown_model`, `unknown_model_version`, `unknown_alias`, `deleted`.
  package func modelVersion(_ reference: Reference) throws -> ModelVersionRecord {
    try read { database in
      guard let id = try database.modelVersionID(reference) else {
        throw try database.unknownModelVersion(reference)
      }
      return try database.modelVersion(id: id)
    }
  }

  /// The model version with that row, also one that is deleted.
  ///
  /// - Throws: `unknown_model_version`.
  package func modelVersion(id: Int64) throws -> ModelVersionRecord {
    try read { try $0.modelVersion(id: id) }
  }

  /// Whether there is a model of that name with a version that is not deleted.
  package func modelExists(_ name: String) throws -> Bool {
    try read { try $0.modelVersionID(Reference(name: name)) != nil }
  }

  /// The versions of all models, or of one, that are not deleted, newest first.
  ///
  /// `before` is the last of the page before: only older ones follow.
  ///
  /// - Complexity: O(answer).
  package func modelVersions(
    named name: String? = nil, limit: Int? = nil, before: Int64? = nil
  ) throws -> [ModelVersionRecord] {
    let limit = limit ?? -1
    return try read { database in
      let ids: [Int64]
      if let name {
        // The versions of a model are numbered in the order of their rows.
        ids = try database.all(
          """
          SELECT model_versions.id
          FROM models JOIN model_versions ON model_versions.model_id = models.id
          WHERE models.name = ?1 AND model_versions.version < coalesce(
            (SELECT version FROM model_versions WHERE id = ?2 AND model_id = models.id),
            9223372036854775807)
            AND NOT EXISTS (
              SELECT 1 FROM deleted_model_versions AS gone
              WHERE gone.version_id = model_versions.id)
          ORDER BY model_versions.version DESC LIMIT ?3
          """, [name, before, limit]
        ) { try $0.next() }
      } else {
        ids = try database.all(
          """
          SELECT id FROM model_versions WHERE id < ? AND NOT EXISTS (
            SELECT 1 FROM deleted_model_versions AS gone
            WHERE gone.version_id = model_versions.id)
          ORDER BY id DESC LIMIT ?
          """,
          [before ?? .max, limit]
        ) { try $0.next() }
      }
      let documents = DocumentCache()
      return try ids.map { try database.modelVersion(id: $0, documents) }
    }
  }
}

extension CatalogDatabase {
  /// The newest model version whose labels came from some version of a dataset; `nil` if there is
  /// none that is not deleted.
  ///
  /// - Complexity: O(versions of the dataset, and models that were made for them).
  package func newestModelVersion(forDataset name: String) throws -> ModelVersionRecord? {
    try read { database in
      let id = try database.number(
        """
        SELECT max(model_version_datasets.version_id)
        FROM datasets
        JOIN dataset_versions ON dataset_versions.dataset_id = datasets.id
        JOIN model_version_datasets
          ON model_version_datasets.dataset_version_id = dataset_versions.id
        WHERE datasets.name = ? AND NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone
          WHERE gone.version_id = model_version_datasets.version_id)
        """, [name])
      return try id.map { try database.modelVersion(id: $0, DocumentCache()) }
    }
  }
}

/// Documents that one answer has read already: versions share most of theirs.
final class DocumentCache {
  private var contents: [Int64: String] = [:]

  func content(_ id: Int64, _ database: Database) throws -> String {
    if let content = contents[id] { return content }
    let content = try database.first(
      "SELECT content FROM documents WHERE id = ?", [id]
    ) { try $0.next(String.self) }
    guard let content else { throw CatalogDamage(description: "document \(id) is missing") }
    contents[id] = content
    return content
  }
}

extension Database {
  /// The row of a model, also when all its versions are deleted; `nil` if there is none of that name.
  func modelID(_ name: String) throws -> Int64? {
    try number("SELECT id FROM models WHERE name = ?", [name])
  }

  /// Whether a model has a version that is not deleted.
  func hasLiveVersion(model id: Int64) throws -> Bool {
    try number(
      """
      SELECT 1 FROM model_versions WHERE model_id = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
      LIMIT 1
      """, [id]) != nil
  }

  /// The row of the version that a reference means; `nil` if there is none that is not deleted.
  func modelVersionID(_ reference: Reference) throws -> Int64? {
    switch reference.selector {
    case .newest:
      try number(
        """
        SELECT model_versions.id
        FROM models JOIN model_versions ON model_versions.model_id = models.id
        WHERE models.name = ? AND NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
        ORDER BY model_versions.version DESC LIMIT 1
        """, [reference.name])
    case .version(let version):
      try number(
        """
        SELECT model_versions.id
        FROM models JOIN model_versions ON model_versions.model_id = models.id
        WHERE models.name = ? AND model_versions.version = ? AND NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
        """, [reference.name, version])
    case .alias(let alias):
      try number(
        """
        SELECT aliases.version_id FROM models JOIN aliases ON aliases.model_id = models.id
        WHERE models.name = ? AND aliases.name = ?
        """, [reference.name, alias])
    }
  }

  func modelVersion(
    id: Int64, _ documents: DocumentCache = DocumentCache()
  ) throws -> ModelVersionRecord {
    let datasets = try datasets(ofModelVersion: id)
    let record = try first(
      """
      SELECT models.name, own.version, own.origin, own.architecture,
        own.backbone_id, own.head_id, own.labels_id, own.preprocessing_id, own.freeze_plan_id,
        own.source_id, base.id, base_models.name, base.version, own.parameter_count,
        own.inherited_layers, own.retrained_layers, own.added_layers, own.dropped_layers,
        own.shared_bytes, own.new_bytes, own.own_byte_count, runs.identifier, own.created_at
      FROM model_versions AS own JOIN models ON models.id = own.model_id
      LEFT JOIN model_versions AS base ON base.id = own.base_id
      LEFT JOIN models AS base_models ON base_models.id = base.model_id
      LEFT JOIN runs ON runs.id = own.run_id
      WHERE own.id = ?
      """, [id]
    ) {
      ModelVersionRecord(
        id: id, model: try $0.next(), version: try $0.next(), origin: try $0.nextCase(),
        architecture: try $0.next(), backbone: try documents.content($0.next(), self),
        head: try documents.content($0.next(), self),
        labels: try documents.content($0.next(), self),
        preprocessing: try documents.content($0.next(), self),
        freezePlan: try documents.content($0.next(), self),
        source: try documents.content($0.next(), self), base: try $0.nextOptionalNamedVersion(),
        parameterCount: try $0.next(), inheritedLayers: try $0.next(),
        retrainedLayers: try $0.next(), addedLayers: try $0.next(), droppedLayers: try $0.next(),
        sharedBytes: try $0.next(), newBytes: try $0.next(), ownByteCount: try $0.next(),
        runID: try $0.nextOptionalRunIdentifier(), datasets: datasets,
        createdAt: try $0.nextTimestamp())
    }
    guard let record else {
      throw RegistryError(
        .unknownModelVersion, "There is no model version in row \(id).",
        remedy: "List the models with `registry models`.")
    }
    return record
  }

  private func datasets(ofModelVersion id: Int64) throws -> [NamedVersion] {
    try all(
      """
      SELECT dataset_versions.id, datasets.name, dataset_versions.version
      FROM model_version_datasets
      JOIN dataset_versions ON dataset_versions.id = model_version_datasets.dataset_version_id
      JOIN datasets ON datasets.id = dataset_versions.dataset_id
      WHERE model_version_datasets.version_id = ? ORDER BY model_version_datasets.position
      """, [id]
    ) { try $0.nextNamedVersion() }
  }

  /// The error for a reference that means no version, or a deleted one.
  func unknownModelVersion(_ reference: Reference) throws -> RegistryError {
    let place = Place.subject(reference.description)
    guard let modelID = try modelID(reference.name) else {
      let names = try newestNames(of: .models)
      return RegistryError(
        .unknownModel, "There is no model \(reference.name).", place: .subject(reference.name),
        remedy: suggestion(for: reference.name, among: names)
          ?? "Import one first: `registry import-model FILE --name \(reference.name)`.")
    }
    if let error = try deleted(reference, model: modelID) { return error }
    if case .alias(let alias) = reference.selector {
      let names = try all(
        "SELECT name FROM aliases WHERE model_id = ? ORDER BY name", [modelID]
      ) { try $0.next(String.self) }
      return RegistryError(
        .unknownAlias, "The model \(reference.name) has no alias \(alias).", place: place,
        remedy: suggestion(for: alias, among: names)
          ?? "It has none; set one with `registry alias \(reference.name)@1 \(alias)`.")
    }
    let versions = try all(
      """
      SELECT version FROM model_versions WHERE model_id = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
      ORDER BY version
      """, [modelID]
    ) { try $0.next(Int.self) }
    return RegistryError(
      .unknownModelVersion,
      "The model \(reference.name) has no version of that number: \(reference).", place: place,
      remedy: "It has \(listed(versions: versions)).")
  }
}
