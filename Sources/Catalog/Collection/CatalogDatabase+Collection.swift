import GRDB
package import Tensors

extension CatalogDatabase {
  /// Makes final what was deleted, and gives up the rows by which bytes are found that nothing needs.
  ///
  /// What a run needs that is going on, or that can go on from its checkpoint, is left for another
  /// time. `isGone` says of the machine and process of a run whether that process has ended. With
  /// `isTrial` everything is found out and nothing changed.
  ///
  /// The objects are removed afterwards, with ``removeUnreferenced(_:_:)``: until then, a crash leaves
  /// objects that nothing names.
  ///
  /// - Complexity: O(what was ever collected and the packs that it is in), not the size of the
  ///   registry.
  package func collectDeleted(
    isTrial: Bool, isGone: @escaping ([String: String]) -> Bool
  ) throws -> CollectedRows {
    try write { database in
      var result = CollectedRows()
      try database.inSavepoint {
        result = try DeletionCollector(database, isGone).run()
        return isTrial ? .rollback : .commit
      }
      return result
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

/// A collection of what was deleted while it is being done.
private struct DeletionCollector {
  private let database: Database
  private let isGone: ([String: String]) -> Bool
  private let now = Timestamp.now().microseconds
  private var objects: [Digest] = []
  private var rows = DeletionRows()

  init(_ database: Database, _ isGone: @escaping ([String: String]) -> Bool) {
    self.database = database
    self.isGone = isGone
  }

  func run() throws -> CollectedRows {
    var collection = self
    return try collection.collect()
  }

  private mutating func collect() throws -> CollectedRows {
    try chooseRows()
    try mark()
    try dropCheckpoints()
    try dropImages()
    let packs = try dropPacks()
    return CollectedRows(
      subjects: try database.named(rows),
      objects: try objects.filter { try !database.isReferenced($0) }, partialPacks: packs)
  }

  // MARK: What is deleted

  private mutating func chooseRows() throws {
    rows.runs = Set(
      try database.all("SELECT run_id FROM deleted_runs WHERE collected_at IS NULL") {
        try $0.next(Int64.self)
      })
    let versions = try database.all(
      "SELECT version_id FROM deleted_model_versions WHERE collected_at IS NULL"
    ) { try $0.next(Int64.self) }
    for version in versions where try !isInUse(Self.runsOfVersion, version) {
      rows.modelVersions.insert(version)
    }
    let datasets = try database.all(
      "SELECT version_id FROM deleted_dataset_versions WHERE collected_at IS NULL"
    ) { try $0.next(Int64.self) }
    for dataset in datasets where try !isInUse(Self.runsOfDataset, dataset) {
      rows.datasetVersions.insert(dataset)
    }
  }

  /// Unfinished runs that begin from a version, each with whether it has a checkpoint.
  private static let runsOfVersion = """
    SELECT runs.id, EXISTS (SELECT 1 FROM checkpoints WHERE run_id = runs.id)
    FROM runs WHERE runs.base_id = ? AND runs.state <> 'finished' AND NOT EXISTS (
      SELECT 1 FROM deleted_runs WHERE run_id = runs.id)
    """
  /// Unfinished runs that read a dataset version.
  private static let runsOfDataset = """
    SELECT runs.id, EXISTS (SELECT 1 FROM checkpoints WHERE run_id = runs.id)
    FROM run_datasets JOIN runs ON runs.id = run_datasets.run_id
    WHERE run_datasets.dataset_version_id = ? AND runs.state <> 'finished' AND NOT EXISTS (
      SELECT 1 FROM deleted_runs WHERE run_id = runs.id)
    """

  /// Whether a run of those that a query finds is going on, or can go on.
  private func isInUse(_ runs: String, _ id: Int64) throws -> Bool {
    try database.all(runs, [id]) { (id: try $0.next(Int64.self), canGoOn: try $0.next(Bool.self)) }
      .contains { try $0.canGoOn || database.isGoingOn($0.id, isGone) }
  }

  private func mark() throws {
    for id in rows.modelVersions {
      try database.change(
        "UPDATE deleted_model_versions SET collected_at = ? WHERE version_id = ?", [now, id])
    }
    for id in rows.datasetVersions {
      try database.change(
        "UPDATE deleted_dataset_versions SET collected_at = ? WHERE version_id = ?", [now, id])
    }
    for id in rows.runs {
      try database.change("UPDATE deleted_runs SET collected_at = ? WHERE run_id = ?", [now, id])
    }
  }

  // MARK: What that frees

  /// The checkpoints of runs that will not go on: those that are collected, and those that ended
  /// well and were killed before they removed theirs.
  private mutating func dropCheckpoints() throws {
    let dead = try database.all(
      """
      SELECT checkpoints.run_id, checkpoints.digest
      FROM checkpoints JOIN runs ON runs.id = checkpoints.run_id
      WHERE runs.state = 'finished' OR EXISTS (
        SELECT 1 FROM deleted_runs AS gone
        WHERE gone.run_id = runs.id AND gone.collected_at IS NOT NULL)
      """
    ) { (run: try $0.next(Int64.self), object: try $0.nextDigest()) }
    for checkpoint in dead {
      try database.change("DELETE FROM checkpoints WHERE run_id = ?", [checkpoint.run])
      objects.append(checkpoint.object)
    }
  }

  private mutating func dropImages() throws {
    var candidates: Set<Int64> = []
    for version in rows.datasetVersions {
      candidates.formUnion(
        try database.all(
          """
          SELECT items.image_id
          FROM dataset_versions AS version
          CROSS JOIN dataset_items AS items ON items.dataset_id = version.dataset_id
            AND items.first_version <= version.version
            AND coalesce(items.last_version, version.version) >= version.version
          WHERE version.id = ?
          """, [version]
        ) { try $0.next(Int64.self) })
    }
    for image in candidates.sorted() {
      let unneeded = try database.first(
        """
        SELECT digest FROM images WHERE id = ?1
          AND NOT EXISTS (SELECT 1 FROM needed_images WHERE needed_images.image_id = ?1)
          AND NOT EXISTS (SELECT 1 FROM collected_images WHERE image_id = ?1)
        """, [image]
      ) { try $0.nextDigest() }
      guard let unneeded else { continue }
      try database.change(
        "INSERT INTO collected_images (image_id, collected_at) VALUES (?, ?)", [image, now])
      objects.append(unneeded)
    }
  }

  /// Drops the packs of which nothing is needed, and gives the others.
  private mutating func dropPacks() throws -> [PartialPack] {
    var packs: Set<Int64> = []
    for tensor in try tensorsOfCollectedVersions() where try !isNeeded(tensor) {
      packs.formUnion(
        try database.all(
          """
          SELECT pack_id FROM tensor_locations WHERE tensor_id = ?1
          UNION SELECT pack_id FROM tensor_deltas WHERE tensor_id = ?1
          """, [tensor]
        ) { try $0.next(Int64.self) })
    }
    var partial: [PartialPack] = []
    for pack in packs.sorted() {
      let tensors = try self.tensors(in: pack)
      var needed: [PackContent] = []
      for tensor in tensors where try isNeeded(tensor.id) { needed.append(tensor) }
      let deltas = try self.deltas(in: pack)
      var neededDeltas: [DeltaContent] = []
      for delta in deltas where try isNeeded(delta.id) { neededDeltas.append(delta) }
      let (object, byteCount) = try object(of: pack)
      if needed.isEmpty, neededDeltas.isEmpty {
        try database.dropPack(pack)
        objects.append(object)
      } else {
        let names = try names(
          of: needed.map { ($0.id, $0.tensor.digest) }
            + neededDeltas.map { ($0.id, $0.delta.tensor.digest) })
        let neededIDs = Set(needed.map(\.id) + neededDeltas.map(\.id))
        partial.append(
          PartialPack(
            object: object, byteCount: byteCount,
            needed: zip(names, needed).map { ($0, $1.tensor) },
            neededDeltas: zip(names.dropFirst(needed.count), neededDeltas).map { ($0, $1.delta) },
            unneededBytes: tensors.filter { !neededIDs.contains($0.id) }
              .reduce(0) { $0 + $1.tensor.byteCount }
              + deltas.filter { !neededIDs.contains($0.id) }
              .reduce(0) { $0 + $1.delta.byteCount }))
      }
    }
    return partial
  }

  /// The tensors in groups that no version needs any more.
  ///
  /// Those of versions that were collected before, too: a collection that was killed may have left
  /// parts of packs that nothing needs.
  private func tensorsOfCollectedVersions() throws -> Set<Int64> {
    let groups = try database.all(
      """
      SELECT DISTINCT own.group_id FROM deleted_model_versions AS gone
      JOIN model_version_groups AS own ON own.version_id = gone.version_id
      WHERE gone.collected_at IS NOT NULL
      """
    ) { try $0.next(Int64.self) }
    var tensors: Set<Int64> = []
    for group in groups where try !isNeeded(group: group) {
      tensors.formUnion(
        try database.all(
          "SELECT tensor_id FROM tensor_group_members WHERE group_id = ?", [group]
        ) { try $0.next(Int64.self) })
    }
    return tensors
  }

  private func isNeeded(group: Int64) throws -> Bool {
    try database.number(
      """
      SELECT 1 FROM model_version_groups AS own WHERE own.group_id = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone
        WHERE gone.version_id = own.version_id AND gone.collected_at IS NOT NULL)
      LIMIT 1
      """, [group]) != nil
  }

  private func isNeeded(_ tensor: Int64) throws -> Bool {
    try database.number(
      "SELECT 1 FROM needed_tensors WHERE tensor_id = ? LIMIT 1", [tensor]) != nil
  }

  /// A tensor in a pack.
  private struct PackContent {
    let id: Int64
    let tensor: PackedTensor
  }

  private func tensors(in pack: Int64) throws -> [PackContent] {
    try database.all(
      """
      SELECT tensors.id, tensors.digest, place.byte_offset, tensors.byte_count,
        tensors.scalar_type, tensors.shape
      FROM tensor_locations AS place JOIN tensors ON tensors.id = place.tensor_id
      WHERE place.pack_id = ? ORDER BY place.byte_offset, tensors.id
      """, [pack]
    ) {
      PackContent(
        id: try $0.next(),
        tensor: PackedTensor(
          digest: try $0.nextDigest(), byteOffset: try $0.next(), byteCount: try $0.next(),
          scalarType: try $0.next(), shape: try $0.nextShape()))
    }
  }

  /// A delta in a pack.
  private struct DeltaContent {
    let id: Int64
    let delta: PackedDelta
  }

  private func deltas(in pack: Int64) throws -> [DeltaContent] {
    try database.all(
      """
      SELECT tensors.id, tensors.digest, place.byte_offset, tensors.byte_count,
        tensors.scalar_type, tensors.shape, place.byte_count, place.encoding, bases.digest
      FROM tensor_deltas AS place JOIN tensors ON tensors.id = place.tensor_id
      JOIN tensors AS bases ON bases.id = place.base_id
      WHERE place.pack_id = ? ORDER BY place.byte_offset, tensors.id
      """, [pack]
    ) {
      DeltaContent(
        id: try $0.next(),
        delta: PackedDelta(
          tensor: PackedTensor(
            digest: try $0.nextDigest(), byteOffset: try $0.next(), byteCount: try $0.next(),
            scalarType: try $0.next(), shape: try $0.nextShape()),
          byteCount: try $0.next(), encoding: try $0.next(), base: try $0.nextDigest()))
    }
  }

  private func object(of pack: Int64) throws -> (Digest, Int) {
    let object = try database.first("SELECT digest, byte_count FROM packs WHERE id = ?", [pack]) {
      (try $0.nextDigest(), try $0.next(Int.self))
    }
    guard let object else { throw CatalogDamage(description: "pack \(pack) is missing") }
    return object
  }

  /// The names that networks know tensors by; where that is not unique, their digests.
  private func names(of tensors: [(id: Int64, digest: Digest)]) throws -> [String] {
    var taken: Set<String> = []
    return try tensors.map { tensor in
      let name = try database.first(
        """
        SELECT tensor_names.name FROM tensor_group_members AS members
        JOIN tensor_names ON tensor_names.id = members.name_id
        WHERE members.tensor_id = ? ORDER BY members.group_id, members.position LIMIT 1
        """, [tensor.id]
      ) { try $0.next(String.self) }
      if let name, taken.insert(name).inserted { return name }
      return tensor.digest.hexadecimal
    }
  }
}

extension Database {
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
