package import Diagnostics
import GRDB
import Tensors

extension RegistryError.Code {
  /// A new model is to have the name of one that exists.
  package static let modelExists = Self("model_exists", .conflict)
}

extension CatalogDatabase {
  /// Registers a model version, and ends the run that made it.
  ///
  /// The packs must be in the object store already: whoever reads the record finds their bytes.
  ///
  /// - Throws: `malformed_name`, `model_exists`; `unknown_run` and `run_ended` for the run;
  ///   `collected_meanwhile` when a pack or a tensor that was there is not any more.
  /// - Complexity: O(tensors of groups that are new).
  package func registerModelVersion(_ draft: ModelVersionDraft) throws -> ModelVersionRecord {
    try NameRule.check(draft.model, "model")
    return try write { try $0.register(draft, isStored: isStored) }
  }
}

/// What a version that comes from another registry keeps.
struct KeptIdentity {
  let version: Int
  let createdAt: Timestamp
  /// The run that made it, which is there already.
  let run: String?
}

extension Database {
  /// Writes all rows of a version; its number is the next one unless it is kept.
  func register(
    _ draft: ModelVersionDraft, keeping identity: KeptIdentity? = nil,
    isStored: (Digest) -> Bool
  ) throws -> ModelVersionRecord {
    let now = identity?.createdAt ?? .now()
    let modelID = try modelID(for: draft, now)
    let newest = try number(
      "SELECT max(version) FROM model_versions WHERE model_id = ?", [modelID])
    for pack in draft.packs { try recordPack(pack, isStored: isStored) }
    let runID =
      try draft.run.map { try runningRunID($0.run) } ?? identity?.run.map { try self.runID($0) }
    let id = try insertVersion(
      draft, modelID: modelID, version: identity.map { Int64($0.version) } ?? (newest ?? 0) + 1,
      runID: runID, now)
    for (position, tensors) in draft.tensorGroups.enumerated() {
      try change(
        """
        INSERT INTO model_version_groups (version_id, position, group_id) VALUES (?, ?, ?)
        """, [id, position, try tensorGroupID(tensors)])
    }
    for (position, dataset) in draft.datasetVersionIDs.enumerated() {
      try change(
        """
        INSERT INTO model_version_datasets (version_id, position, dataset_version_id)
        VALUES (?, ?, ?)
        """, [id, position, dataset])
    }
    if let run = draft.run { try end(run) }
    return try modelVersion(id: id)
  }

  fileprivate func modelID(for draft: ModelVersionDraft, _ now: Timestamp) throws -> Int64 {
    if let id = try modelID(draft.model) {
      guard try !draft.mustBeNewModel || !hasLiveVersion(model: id) else {
        throw RegistryError(
          .modelExists, "There is a model \(draft.model) already.", place: .subject(draft.model),
          remedy: "Add `--new-version` to make its next version, or choose another name.")
      }
      return id
    }
    return try insert(
      "INSERT INTO models (name, created_at) VALUES (?, ?)", [draft.model, now.microseconds])
  }

  fileprivate func insertVersion(
    _ draft: ModelVersionDraft, modelID: Int64, version: Int64, runID: Int64?, _ now: Timestamp
  ) throws -> Int64 {
    try insert(
      """
      INSERT INTO model_versions (model_id, version, origin, architecture, backbone_id, head_id,
        labels_id, preprocessing_id, freeze_plan_id, source_id, base_id, run_id, parameter_count,
        inherited_layers, retrained_layers, added_layers, dropped_layers, shared_bytes, new_bytes,
        own_byte_count, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        modelID, version, draft.origin.rawValue, draft.architecture,
        try documentID(draft.backbone), try documentID(draft.head), try documentID(draft.labels),
        try documentID(draft.preprocessing), try documentID(draft.freezePlan),
        try documentID(draft.source), draft.baseID, runID, draft.parameterCount,
        draft.inheritedLayers, draft.retrainedLayers, draft.addedLayers, draft.droppedLayers,
        draft.sharedBytes, draft.newBytes, draft.ownByteCount, now.microseconds,
      ])
  }

  /// The row of a text, which is stored unless it is there.
  func documentID(_ content: String) throws -> Int64 {
    let content = try content.withoutNull()
    let digest = Self.digest(ofText: content)
    let known = try number("SELECT id FROM documents WHERE digest = ?", [digest.blob])
    return try known
      ?? insert("INSERT INTO documents (digest, content) VALUES (?, ?)", [digest.blob, content])
  }

  /// The row of a group of tensors, which is stored unless an equal one is there.
  fileprivate func tensorGroupID(_ tensors: [NamedTensor]) throws -> Int64 {
    let digest = Self.digest(of: tensors)
    let known = try number("SELECT id FROM tensor_groups WHERE digest = ?", [digest.blob])
    if let known {
      let lacking = try number(
        """
        SELECT members.tensor_id FROM tensor_group_members AS members
        WHERE members.group_id = ? AND NOT EXISTS (
          SELECT 1 FROM stored_tensors WHERE stored_tensors.tensor_id = members.tensor_id)
        LIMIT 1
        """, [known])
      guard lacking == nil else { throw Self.collectedMeanwhile("A tensor that others had") }
      return known
    }
    let id = try insert(
      "INSERT INTO tensor_groups (digest, tensor_count) VALUES (?, ?)",
      [digest.blob, tensors.count])
    for (position, tensor) in tensors.enumerated() {
      guard let tensorID = try tensorID(tensor.digest) else {
        throw RegistryError(
          .catalogRuleBroken, "The tensor \(tensor.name) is in no pack.",
          place: Place(tensor: tensor.name), remedy: "Report this; nothing was changed.")
      }
      guard try isLocated(tensor.digest) else {
        throw Self.collectedMeanwhile("The tensor \(tensor.name)")
      }
      let nameID = try interned(
        find: "SELECT id FROM tensor_names WHERE name = ?",
        insert: "INSERT INTO tensor_names (name) VALUES (?)", tensor.name)
      try change(
        """
        INSERT INTO tensor_group_members (group_id, position, name_id, tensor_id)
        VALUES (?, ?, ?, ?)
        """, [id, position, nameID, tensorID])
    }
    return id
  }

  /// The SHA-256 of a text's UTF-8 bytes.
  static func digest(ofText text: String) -> Digest {
    var hasher = DigestHasher()
    hasher.update(text)
    return hasher.finalize()
  }

  /// The SHA-256 of a line `DIGEST LENGTH NAME` for each tensor.
  ///
  /// The length of the name goes in front, so that a line break in it makes no two groups look alike.
  static func digest(of tensors: [NamedTensor]) -> Digest {
    var hasher = DigestHasher()
    for tensor in tensors {
      hasher.update("\(tensor.digest.hexadecimal) \(tensor.name.utf8.count) \(tensor.name)\n")
    }
    return hasher.finalize()
  }
}
