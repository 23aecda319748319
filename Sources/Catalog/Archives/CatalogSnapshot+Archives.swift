private import Diagnostics
import GRDB
package import Tensors

extension CatalogSnapshot {
  /// The rows of a model's versions up to a number that are not deleted, in order.
  package func modelVersionIDs(named name: String, upTo version: Int) throws -> [Int64] {
    try database.all(
      """
      SELECT model_versions.id
      FROM models JOIN model_versions ON model_versions.model_id = models.id
      WHERE models.name = ? AND model_versions.version <= ? AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
      ORDER BY model_versions.version
      """, [name, version]
    ) { try $0.next() }
  }

  /// The model version of that name and number, deleted or not; `nil` if there is none.
  package func modelVersion(named name: String, _ version: Int) throws -> ModelVersionRecord? {
    try database.number(
      """
      SELECT model_versions.id
      FROM models JOIN model_versions ON model_versions.model_id = models.id
      WHERE models.name = ? AND model_versions.version = ?
      """, [name, version]
    ).map { try database.modelVersion(id: $0) }
  }

  /// - Throws: `deleted` when the model version is.
  package func requireLive(modelVersion id: Int64) throws {
    try database.requireLive(modelVersion: id)
  }

  /// - Throws: `deleted` when the dataset version is.
  package func requireLive(datasetVersion id: Int64) throws {
    try database.requireLive(datasetVersion: id)
  }

  /// - Throws: `deleted` when the run is.
  package func requireLive(run identifier: String) throws { _ = try database.liveRunID(identifier) }

  /// The finished evaluations of a model version that are not deleted, oldest first.
  package func finishedEvaluations(ofModelVersion id: Int64) throws -> [String] {
    try database.all(
      """
      SELECT identifier FROM runs
      WHERE base_id = ? AND kind = 'evaluate' AND state = 'finished' AND NOT EXISTS (
        SELECT 1 FROM deleted_runs AS gone WHERE gone.run_id = runs.id)
      ORDER BY id
      """, [id]
    ) { try $0.nextRunIdentifier() }
  }

  /// A run by its whole identifier; `nil` if there is none.
  package func existingRun(_ identifier: String) throws -> RunRecord? {
    do {
      return try run(identifier)
    } catch let error as RegistryError where error.code == .unknownRun {
      return nil
    }
  }

  /// A version of a dataset by its number, deleted or not; `nil` if there is none.
  package func datasetVersion(named name: String, _ version: Int) throws -> DatasetVersionRecord? {
    try database.first(
      Database.datasetVersionColumns
        + " WHERE datasets.name = ? AND dataset_versions.version = ?",
      [name, version], DatasetVersionHeader.init
    ).flatMap { try database.completed([$0]).first }
  }

  /// What a dataset version took away from the one before, in the order of the digests.
  ///
  /// - Complexity: O(items that the dataset ever had), none in memory.
  package func eachRemoval(
    _ version: DatasetVersionRecord, _ body: (Digest) throws -> Void
  ) throws {
    try database.each(
      """
      SELECT images.digest
      FROM dataset_versions
      CROSS JOIN dataset_items ON dataset_items.dataset_id = dataset_versions.dataset_id
        AND dataset_items.last_version = dataset_versions.version - 1
      JOIN images ON images.id = dataset_items.image_id
      WHERE dataset_versions.id = ? ORDER BY images.digest
      """, [version.id]
    ) { try body(try $0.nextDigest()) }
  }

  /// What a dataset version added to the one before, in the order of the digests.
  ///
  /// - Complexity: O(items that the dataset ever had), none in memory.
  package func eachAddition(
    _ version: DatasetVersionRecord, _ body: (DatasetItem) throws -> Void
  ) throws {
    try database.each(
      """
      \(Database.itemColumns)
      FROM dataset_versions
      CROSS JOIN dataset_items ON dataset_items.dataset_id = dataset_versions.dataset_id
        AND dataset_items.first_version = dataset_versions.version
      JOIN images ON images.id = dataset_items.image_id
      JOIN labels ON labels.id = dataset_items.label_id
      LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
      WHERE dataset_versions.id = ? ORDER BY images.digest
      """, [version.id]
    ) { try body(database.item(&$0, isMultiLabel: version.isMultiLabel)) }
  }

  /// The record of an image, and whether its bytes are not kept any more; `nil` if it is unknown.
  package func image(
    _ digest: Digest
  ) throws -> (record: ImageRecord, isCollected: Bool)? {
    guard let record = try database.image(digest), let id = try database.imageID(digest) else {
      return nil
    }
    return (record, try database.isCollected(image: id))
  }

  /// The groups of a version's tensors, backbone first, then head.
  package func tensorGroups(ofModelVersion id: Int64) throws -> [[NamedTensor]] {
    let groups = try database.all(
      "SELECT group_id FROM model_version_groups WHERE version_id = ? ORDER BY position", [id]
    ) { try $0.next(Int64.self) }
    return try groups.map { group in
      try database.all(
        """
        SELECT tensor_names.name, tensors.digest FROM tensor_group_members AS members
        JOIN tensor_names ON tensor_names.id = members.name_id
        JOIN tensors ON tensors.id = members.tensor_id
        WHERE members.group_id = ? ORDER BY members.position
        """, [group]
      ) { NamedTensor(name: try $0.next(), digest: try $0.nextDigest()) }
    }
  }

  /// The aliases of a model version.
  package func aliases(ofModelVersion id: Int64) throws -> [String] {
    try database.all("SELECT name FROM aliases WHERE version_id = ? ORDER BY name", [id]) {
      try $0.next()
    }
  }

  /// Whether a model has an alias.
  package func hasAlias(_ alias: String, model: String) throws -> Bool {
    try database.number(
      """
      SELECT aliases.version_id FROM models JOIN aliases ON aliases.model_id = models.id
      WHERE models.name = ? AND aliases.name = ?
      """, [model, alias]) != nil
  }

  /// Every move of an alias, oldest first.
  package func aliasHistory(_ alias: String, model: String) throws -> [AliasChange] {
    guard let id = try database.modelID(model) else { return [] }
    return try database.aliasHistory(alias, model: id)
  }

  /// The digest by which equal groups of tensors are one.
  package static func digest(ofGroup tensors: [NamedTensor]) -> Digest {
    Database.digest(of: tensors)
  }

  /// Those of the tensors that some pack holds.
  package func knownTensors(_ digests: some Sequence<Digest>) throws -> Set<Digest> {
    try digests.reduce(into: []) { known, digest in
      if try database.isLocated(digest) { known.insert(digest) }
    }
  }
}

extension CatalogSnapshot {
  /// The row of a model, a dataset, a version of one or a run; `nil` if there is none.
  package func subjectID(_ kind: Subject.Kind, _ name: String, version: Int?) throws -> Int64? {
    switch kind {
    case .model: try database.modelID(name)
    case .modelVersion: try version.flatMap { try modelVersion(named: name, $0)?.id }
    case .dataset: try database.datasetID(name)
    case .datasetVersion: try version.flatMap { try datasetVersion(named: name, $0)?.id }
    case .run: try existingRun(name).map { try database.runID($0.id) }
    }
  }

  /// What is written about a subject itself.
  package func annotations(of kind: Subject.Kind, _ id: Int64) throws -> Annotations {
    try database.ownAnnotations(of: kind, id)
  }
}

/// A tensor of a model version, wherever its bytes are.
package struct TensorDescription: Hashable, Sendable {
  /// The state dict name.
  package let name: String
  /// The digest of the tensor: of its type, its shape and its bytes.
  package let digest: Digest
  /// The type of its numbers, by the name that safetensors uses.
  package let scalarType: String
  /// The extents, outermost first; empty for a scalar.
  package let shape: [Int]
}

extension CatalogSnapshot {
  /// The tensors of a model version, in the order of its layers.
  package func tensorDescriptions(ofModelVersion id: Int64) throws -> [TensorDescription] {
    try database.all(
      """
      SELECT tensor_names.name, tensors.digest, tensors.scalar_type, tensors.shape
      FROM model_version_groups AS own
      CROSS JOIN tensor_group_members AS members ON members.group_id = own.group_id
      JOIN tensor_names ON tensor_names.id = members.name_id
      JOIN tensors ON tensors.id = members.tensor_id
      WHERE own.version_id = ? ORDER BY own.position, members.position
      """, [id]
    ) {
      TensorDescription(
        name: try $0.next(), digest: try $0.nextDigest(), scalarType: try $0.next(),
        shape: try $0.nextShape())
    }
  }
}
