import GRDB
package import Tensors

extension CatalogDatabase {
  /// Makes final what was deleted, and gives up the rows by which bytes are found that nothing needs.
  ///
  /// What a run needs that is going on, or that can go on from its checkpoint, is left for another
  /// time. `isGone` says of the machine and process of a run whether that process has ended. With
  /// `isTrial` everything is found out and nothing changed: it only reads, and waits for no writer.
  ///
  /// The objects are removed afterwards, with ``removeUnreferenced(_:_:)``: until then, a crash leaves
  /// objects that nothing names.
  ///
  /// - Complexity: O(what was ever collected and the packs that it is in), not the size of the
  ///   registry.
  package func collectDeleted(
    isTrial: Bool, isGone: @escaping ([String: String]) -> Bool
  ) throws -> CollectedRows {
    if isTrial { return try read { try CollectionPlan($0, isGone).rows } }
    return try write { database in
      let plan = try CollectionPlan(database, isGone)
      try database.carryOut(plan)
      return plan.rows
    }
  }

  /// Puts a pack with the needed tensors of another in its place.
  ///
  /// - Returns: `false`, and nothing has changed, when the old pack is needed for more by now.
  /// - Throws: `collected_meanwhile` when the new pack's bytes are gone.
  package func replacePack(_ old: Digest, with new: PackDraft) throws -> Bool {
    try write { database in
      guard let oldID = try database.packID(old), old != new.object else { return false }
      let needed = try database.all(
        """
        SELECT tensors.digest FROM tensor_locations AS place
        JOIN tensors ON tensors.id = place.tensor_id
        WHERE place.pack_id = ? AND EXISTS (
          SELECT 1 FROM needed_tensors WHERE needed_tensors.tensor_id = place.tensor_id)
        """, [oldID]
      ) { try $0.nextDigest() }
      let neededDeltas = try database.all(
        """
        SELECT tensors.digest FROM tensor_deltas AS place
        JOIN tensors ON tensors.id = place.tensor_id
        WHERE place.pack_id = ? AND EXISTS (
          SELECT 1 FROM needed_tensors WHERE needed_tensors.tensor_id = place.tensor_id)
        """, [oldID]
      ) { try $0.nextDigest() }
      guard needed.allSatisfy(Set(new.tensors.map(\.digest)).contains),
        neededDeltas.allSatisfy(Set(new.deltas.map(\.tensor.digest)).contains)
      else { return false }
      try database.recordPack(new, isStored: isStored)
      try database.dropPack(oldID)
      return true
    }
  }
}

extension Database {
  /// Does what was planned in the same transaction.
  fileprivate func carryOut(_ plan: CollectionPlan) throws {
    let now = Timestamp.now().microseconds
    for id in plan.deleted.modelVersions {
      try change(
        "UPDATE deleted_model_versions SET collected_at = ? WHERE version_id = ?", [now, id])
    }
    for id in plan.deleted.datasetVersions {
      try change(
        "UPDATE deleted_dataset_versions SET collected_at = ? WHERE version_id = ?", [now, id])
    }
    for id in plan.deleted.runs {
      try change("UPDATE deleted_runs SET collected_at = ? WHERE run_id = ?", [now, id])
    }
    for run in plan.checkpoints {
      try change("DELETE FROM checkpoints WHERE run_id = ?", [run])
    }
    for image in plan.images {
      try change(
        "INSERT INTO collected_images (image_id, collected_at) VALUES (?, ?)", [image, now])
    }
    for pack in plan.packs { try dropPack(pack) }
  }

  /// The row of a pack; `nil` if it is unknown.
  func packID(_ object: Digest) throws -> Int64? {
    try number("SELECT id FROM packs WHERE digest = ?", [object.blob])
  }

  /// Forgets a pack, and that tensors lie in it.
  fileprivate func dropPack(_ id: Int64) throws {
    try change("DELETE FROM tensor_deltas WHERE pack_id = ?", [id])
    // Deltas that nothing needs may stand in packs that stay, against bases that go.
    try change(
      """
      DELETE FROM tensor_deltas WHERE base_id IN (
          SELECT tensor_id FROM tensor_locations WHERE pack_id = ?)
        AND NOT EXISTS (
          SELECT 1 FROM needed_tensors WHERE needed_tensors.tensor_id = tensor_deltas.tensor_id)
      """, [id])
    try change("DELETE FROM tensor_locations WHERE pack_id = ?", [id])
    try change("DELETE FROM packs WHERE id = ?", [id])
  }
}
