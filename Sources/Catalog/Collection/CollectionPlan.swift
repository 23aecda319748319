import GRDB
import Tensors

/// What a collection of what was deleted does to the rows: found out without changing any.
struct CollectionPlan {
  /// What is made final.
  private(set) var deleted = DeletionRows()
  /// The runs whose checkpoints go: those that will not go on.
  private(set) var checkpoints: Set<Int64> = []
  /// The images whose bytes go.
  private(set) var images: Set<Int64> = []
  /// The packs that go.
  private(set) var packs: Set<Int64> = []
  /// The same for people, and what is left to do with the bytes.
  private(set) var rows = CollectedRows()
  private let database: Database
  private let isGone: ([String: String]) -> Bool

  /// Looks for what is deleted, what unfinished runs need aside, and for what nothing else needs.
  ///
  /// `isGone` says of the machine and process of a run whether that process has ended.
  init(_ database: Database, _ isGone: @escaping ([String: String]) -> Bool) throws {
    self.database = database
    self.isGone = isGone
    try chooseDeleted()
    var needs = RemainingNeeds(database, without: deleted)
    var objects = try planCheckpoints()
    objects += try planImages(needs)
    objects += try planPacks(&needs)
    rows.subjects = try database.named(deleted)
    rows.objects = try objects.filter { try !isReferenced($0) }
  }

  // MARK: What is deleted

  private mutating func chooseDeleted() throws {
    deleted.runs = Set(
      try database.all("SELECT run_id FROM deleted_runs WHERE collected_at IS NULL") {
        try $0.next(Int64.self)
      })
    let versions = try database.all(
      "SELECT version_id FROM deleted_model_versions WHERE collected_at IS NULL"
    ) { try $0.next(Int64.self) }
    for version in versions where try !isInUse(Self.runsOfVersion, version) {
      deleted.modelVersions.insert(version)
    }
    let datasets = try database.all(
      "SELECT version_id FROM deleted_dataset_versions WHERE collected_at IS NULL"
    ) { try $0.next(Int64.self) }
    for dataset in datasets where try !isInUse(Self.runsOfDataset, dataset) {
      deleted.datasetVersions.insert(dataset)
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

  // MARK: What that frees

  /// The checkpoints of runs that will not go on: those that are collected, and those that ended
  /// well and were killed before they removed theirs.
  private mutating func planCheckpoints() throws -> [Digest] {
    let all = try database.all(
      """
      SELECT checkpoints.run_id, checkpoints.digest,
        runs.state = 'finished' OR EXISTS (
          SELECT 1 FROM deleted_runs AS gone
          WHERE gone.run_id = runs.id AND gone.collected_at IS NOT NULL)
      FROM checkpoints JOIN runs ON runs.id = checkpoints.run_id
      """
    ) {
      (run: try $0.next(Int64.self), object: try $0.nextDigest(), isDead: try $0.next(Bool.self))
    }
    let dead = all.filter { $0.isDead || deleted.runs.contains($0.run) }
    checkpoints = Set(dead.map(\.run))
    return dead.map(\.object)
  }

  private mutating func planImages(_ needs: RemainingNeeds) throws -> [Digest] {
    var candidates: Set<Int64> = []
    for version in deleted.datasetVersions {
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
    var objects: [Digest] = []
    for image in candidates.sorted() where try !needs.isNeeded(image: image) {
      let object = try database.first(
        """
        SELECT digest FROM images WHERE id = ?1
          AND NOT EXISTS (SELECT 1 FROM collected_images WHERE image_id = ?1)
        """, [image]
      ) { try $0.nextDigest() }
      guard let object else { continue }
      images.insert(image)
      objects.append(object)
    }
    return objects
  }

  /// The packs of which nothing is needed, and those of which a part is.
  private mutating func planPacks(_ needs: inout RemainingNeeds) throws -> [Digest] {
    var touched: Set<Int64> = []
    for tensor in try tensorsOfCollectedVersions(&needs) where try !needs.isNeeded(tensor: tensor) {
      touched.formUnion(
        try database.all(
          """
          SELECT pack_id FROM tensor_locations WHERE tensor_id = ?1
          UNION SELECT pack_id FROM tensor_deltas WHERE tensor_id = ?1
          """, [tensor]
        ) { try $0.next(Int64.self) })
    }
    var objects: [Digest] = []
    for pack in touched.sorted() {
      let tensors = try self.tensors(in: pack)
      var needed: [PackContent] = []
      for tensor in tensors where try needs.isNeeded(tensor: tensor.id) { needed.append(tensor) }
      let deltas = try self.deltas(in: pack)
      var neededDeltas: [DeltaContent] = []
      for delta in deltas where try needs.isNeeded(tensor: delta.id) { neededDeltas.append(delta) }
      let (object, byteCount) = try object(of: pack)
      if needed.isEmpty, neededDeltas.isEmpty {
        packs.insert(pack)
        objects.append(object)
      } else {
        let names = try names(
          of: needed.map { ($0.id, $0.tensor.digest) }
            + neededDeltas.map { ($0.id, $0.delta.tensor.digest) })
        let neededIDs = Set(needed.map(\.id) + neededDeltas.map(\.id))
        rows.partialPacks.append(
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
    return objects
  }

  /// The tensors in groups that no version needs any more.
  ///
  /// Those of versions that were collected before, too: a collection that was killed may have left
  /// parts of packs that nothing needs.
  private func tensorsOfCollectedVersions(_ needs: inout RemainingNeeds) throws -> Set<Int64> {
    var groups = Set(
      try database.all(
        """
        SELECT DISTINCT own.group_id FROM deleted_model_versions AS gone
        JOIN model_version_groups AS own ON own.version_id = gone.version_id
        WHERE gone.collected_at IS NOT NULL
        """
      ) { try $0.next(Int64.self) })
    for version in deleted.modelVersions {
      groups.formUnion(
        try database.all(
          "SELECT group_id FROM model_version_groups WHERE version_id = ?", [version]
        ) { try $0.next(Int64.self) })
    }
    var tensors: Set<Int64> = []
    for group in groups where try !needs.isNeeded(group: group) {
      tensors.formUnion(
        try database.all(
          "SELECT tensor_id FROM tensor_group_members WHERE group_id = ?", [group]
        ) { try $0.next(Int64.self) })
    }
    return tensors
  }

  /// Whether an image, a pack or a checkpoint that stays has these bytes.
  private func isReferenced(_ object: Digest) throws -> Bool {
    func stays(_ sql: String, _ going: Set<Int64>) throws -> Bool {
      try database.contains(sql, [object.blob]) { try !going.contains($0.next()) }
    }
    return try stays("SELECT run_id FROM checkpoints WHERE digest = ?", checkpoints)
      || stays("SELECT id FROM packs WHERE digest = ?", packs)
      || stays(
        """
        SELECT id FROM images WHERE digest = ? AND NOT EXISTS (
          SELECT 1 FROM collected_images WHERE image_id = images.id)
        """, images)
  }

  // MARK: What is in packs

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
