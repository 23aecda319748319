private import Diagnostics
import GRDB

/// What tags, notes and deletions are about, as somebody names it.
package enum SubjectName: Hashable, Sendable {
  /// `NAME` for a model with all its versions; `NAME@3` or `NAME@ALIAS` for one of them.
  case model(String)
  /// `NAME` for a dataset with all its versions; `NAME@3` for one of them.
  case dataset(String)
  /// A run by its identifier or the first digits of it.
  case run(String)
}

/// A row that tags and notes can be about.
package struct Subject: Hashable, Sendable {
  /// What a subject is; the raw values stand in the catalogue.
  package enum Kind: String, Sendable, CaseIterable {
    case model
    case modelVersion = "model_version"
    case dataset
    case datasetVersion = "dataset_version"
    case run
  }

  package let kind: Kind
  /// The number of its row.
  package let id: Int64
  /// `NAME`, `NAME@3`, or the identifier of a run.
  package let name: String
}

extension Database {
  /// The row that a name means; what is deleted is not found.
  ///
  /// - Throws: `malformed_reference`, `deleted`, and that there is no such thing.
  func subject(_ name: SubjectName) throws -> Subject {
    switch name {
    case .model(let text):
      let reference = try Reference(parsing: text)
      guard let id = try modelVersionID(reference) else {
        throw try unknownModelVersion(reference)
      }
      if reference.selector == .newest, let modelID = try modelID(reference.name) {
        return Subject(kind: .model, id: modelID, name: reference.name)
      }
      return Subject(kind: .modelVersion, id: id, name: try modelVersionName(id).description)
    case .dataset(let text):
      let reference = try Reference(parsing: text)
      let version = try requiredDatasetVersion(reference)
      if reference.selector == .newest, let id = try datasetID(reference.name) {
        return Subject(kind: .dataset, id: id, name: reference.name)
      }
      return Subject(
        kind: .datasetVersion, id: version.id, name: version.reference.description)
    case .run(let text):
      let id = try liveRunID(text)
      return Subject(kind: .run, id: id, name: try runName(id))
    }
  }

  /// Name and version of a row of `model_versions`.
  func modelVersionName(_ id: Int64) throws -> NamedVersion {
    let name = try first(
      """
      SELECT model_versions.id, models.name, model_versions.version
      FROM model_versions JOIN models ON models.id = model_versions.model_id
      WHERE model_versions.id = ?
      """, [id]
    ) { try $0.nextNamedVersion() }
    guard let name else { throw CatalogDamage(description: "model version \(id) is missing") }
    return name
  }

  /// Name and version of a row of `dataset_versions`.
  func datasetVersionName(_ id: Int64) throws -> NamedVersion {
    let name = try first(
      """
      SELECT dataset_versions.id, datasets.name, dataset_versions.version
      FROM dataset_versions JOIN datasets ON datasets.id = dataset_versions.dataset_id
      WHERE dataset_versions.id = ?
      """, [id]
    ) { try $0.nextNamedVersion() }
    guard let name else { throw CatalogDamage(description: "dataset version \(id) is missing") }
    return name
  }

  /// The identifier of a row of `runs`.
  func runName(_ id: Int64) throws -> String {
    let name = try first("SELECT identifier FROM runs WHERE id = ?", [id]) {
      try $0.nextRunIdentifier()
    }
    guard let name else { throw CatalogDamage(description: "run \(id) is missing") }
    return name
  }

  /// The row of a dataset; `nil` if there is none of that name.
  func datasetID(_ name: String) throws -> Int64? {
    try number("SELECT id FROM datasets WHERE name = ?", [name])
  }
}
