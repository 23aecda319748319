import Diagnostics
import GRDB

/// That something is deleted.
struct DeletionState {
  let deletedAt: Timestamp
  let isCollected: Bool

  init(_ columns: inout ColumnReader) throws {
    deletedAt = try columns.nextTimestamp()
    isCollected = try columns.next(Int64?.self) != nil
  }
}

extension Database {
  /// Whether and when a model version was deleted.
  func deletion(ofModelVersion id: Int64) throws -> DeletionState? {
    try first(
      """
      SELECT deletions.deleted_at, gone.collected_at
      FROM deleted_model_versions AS gone JOIN deletions ON deletions.id = gone.deletion_id
      WHERE gone.version_id = ?
      """, [id], DeletionState.init)
  }

  /// Whether and when a dataset version was deleted.
  func deletion(ofDatasetVersion id: Int64) throws -> DeletionState? {
    try first(
      """
      SELECT deletions.deleted_at, gone.collected_at
      FROM deleted_dataset_versions AS gone JOIN deletions ON deletions.id = gone.deletion_id
      WHERE gone.version_id = ?
      """, [id], DeletionState.init)
  }

  /// Whether and when a run was deleted.
  func deletion(ofRun id: Int64) throws -> DeletionState? {
    try first(
      """
      SELECT deletions.deleted_at, gone.collected_at
      FROM deleted_runs AS gone JOIN deletions ON deletions.id = gone.deletion_id
      WHERE gone.run_id = ?
      """, [id], DeletionState.init)
  }

  /// The error for something that is deleted.
  ///
  /// `kind` says what it is, for example `model`; `arguments` are those that `registry restore` takes
  /// for it.
  func deleted(
    _ kind: String, _ subject: String, _ state: DeletionState, restoring arguments: String
  ) -> RegistryError {
    RegistryError(
      .deleted,
      "The \(kind) \(subject) was deleted on \(state.deletedAt.iso8601.prefix(10)).",
      place: .subject(subject),
      remedy: state.isCollected
        ? "`registry gc` has freed its bytes since: import or train it again. Its record stays in "
          + "the lineage of its descendants."
        : "Bring it back with `registry restore \(arguments)`.")
  }

  /// The error for a reference to a model, all versions of which or the one meant are deleted;
  /// `nil` if that is not so.
  func deleted(_ reference: Reference, model id: Int64) throws -> RegistryError? {
    let version: Int64?
    switch reference.selector {
    case .version(let number):
      version = try self.number(
        "SELECT id FROM model_versions WHERE model_id = ? AND version = ?", [id, number])
    case .newest, .alias:
      // With a version that is there, it is the version or the alias that is unknown.
      if try hasLiveVersion(model: id) { return nil }
      version = try number(
        "SELECT id FROM model_versions WHERE model_id = ? ORDER BY version DESC LIMIT 1", [id])
    }
    guard let version, let state = try deletion(ofModelVersion: version) else { return nil }
    let name = reference.selector == .newest ? reference.name : "\(reference)"
    return deleted("model", name, state, restoring: name)
  }

  /// The error for a reference to a dataset, all versions of which or the one meant are deleted;
  /// `nil` if that is not so.
  func deleted(_ reference: Reference, dataset id: Int64) throws -> RegistryError? {
    let version: Int64?
    switch reference.selector {
    case .version(let number):
      version = try self.number(
        "SELECT id FROM dataset_versions WHERE dataset_id = ? AND version = ?", [id, number])
    case .newest, .alias:
      if try datasetVersion(reference.name, nil) != nil { return nil }
      version = try number(
        "SELECT id FROM dataset_versions WHERE dataset_id = ? ORDER BY version DESC LIMIT 1", [id])
    }
    guard let version, let state = try deletion(ofDatasetVersion: version) else { return nil }
    return deleted("dataset", "\(reference)", state, restoring: "--dataset \(reference)")
  }

  /// - Throws: `deleted` when a model version is.
  func requireLive(modelVersion id: Int64) throws {
    guard let state = try deletion(ofModelVersion: id) else { return }
    let name = try modelVersionName(id).description
    throw deleted("model", name, state, restoring: name)
  }

  /// - Throws: `deleted` when a dataset version is.
  func requireLive(datasetVersion id: Int64) throws {
    guard let state = try deletion(ofDatasetVersion: id) else { return }
    let name = try datasetVersionName(id).description
    throw deleted("dataset", name, state, restoring: "--dataset \(name)")
  }
}
