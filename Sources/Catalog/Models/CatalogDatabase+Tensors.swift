private import Diagnostics
import GRDB
package import Tensors

extension CatalogDatabase {
  /// Those of the tensors that some pack holds already.
  ///
  /// - Complexity: O(digests).
  package func knownTensors(_ digests: [Digest]) throws -> Set<Digest> {
    try read { database in
      var known: Set<Digest> = []
      for digest in digests where try database.isLocated(digest) { known.insert(digest) }
      return known
    }
  }

  /// The tensors of a model version, in the order of its layers, also when their bytes are not kept.
  package func namedTensors(ofVersion id: Int64) throws -> [NamedTensor] {
    try read { try $0.namedTensors(ofVersion: id) }
  }

  /// The tensors of a model version and where they are, in the order of its layers.
  ///
  /// - Throws: `deleted` when their bytes are not kept any more.
  package func tensors(of version: ModelVersionRecord) throws -> [TensorLocation] {
    try read { database in
      try database.all(
        """
        SELECT tensor_names.name, \(TensorPlaces.columns)
        FROM model_version_groups AS own
        CROSS JOIN tensor_group_members AS members ON members.group_id = own.group_id
        JOIN tensor_names ON tensor_names.id = members.name_id
        JOIN tensors ON tensors.id = members.tensor_id
        \(TensorPlaces.joins)
        WHERE own.version_id = ? ORDER BY own.position, members.position
        """, [version.id]
      ) {
        guard let location = try TensorPlaces.location(named: try $0.next(), &$0) else {
          throw try database.lacksBytes(version)
        }
        return location
      }
    }
  }

  /// Where a tensor is; `nil` when no pack holds it.
  ///
  /// Its name is the text of its digest, since models have it under several.
  package func tensorLocation(_ digest: Digest) throws -> TensorLocation? {
    try read { database in
      try database.first(
        "SELECT \(TensorPlaces.columns) FROM tensors \(TensorPlaces.joins) WHERE tensors.digest = ?",
        [digest.blob]
      ) { try TensorPlaces.location(named: digest.hexadecimal, &$0) } ?? nil
    }
  }

  /// The tensors that a pack holds as a whole, in the order of their bytes.
  package func packTensors(_ object: Digest) throws -> [PackedTensor] {
    try read { database in
      try database.all(
        """
        SELECT tensors.digest, tensor_locations.byte_offset, tensors.byte_count,
          tensors.scalar_type, tensors.shape
        FROM packs JOIN tensor_locations ON tensor_locations.pack_id = packs.id
        JOIN tensors ON tensors.id = tensor_locations.tensor_id
        WHERE packs.digest = ? ORDER BY tensor_locations.byte_offset, tensors.id
        """, [object.blob]
      ) {
        PackedTensor(
          digest: try $0.nextDigest(), byteOffset: try $0.next(), byteCount: try $0.next(),
          scalarType: try $0.next(), shape: try $0.nextShape())
      }
    }
  }

  /// The model versions that have any of the tensors, oldest first, with the tensors' names there.
  ///
  /// - Complexity: O(answer).
  package func versions(
    usingTensors digests: [Digest]
  ) throws -> [(version: ModelVersionRecord, tensorNames: [String])] {
    try read { database in
      var namesByGroup: [Int64: [(position: Int, name: String)]] = [:]
      for digest in Set(digests) {
        let uses = try database.all(
          """
          SELECT members.group_id, members.position, tensor_names.name
          FROM tensors JOIN tensor_group_members AS members ON members.tensor_id = tensors.id
          JOIN tensor_names ON tensor_names.id = members.name_id
          WHERE tensors.digest = ?
          """, [digest.blob]
        ) {
          (
            group: try $0.next(Int64.self), position: try $0.next(Int.self),
            name: try $0.next(String.self)
          )
        }
        for use in uses { namesByGroup[use.group, default: []].append((use.position, use.name)) }
      }
      var namesByVersion: [Int64: [(group: Int, names: [String])]] = [:]
      for (group, names) in namesByGroup {
        let ordered = names.sorted { $0.position < $1.position }.map(\.name)
        let versions = try database.all(
          "SELECT version_id, position FROM model_version_groups WHERE group_id = ?", [group]
        ) { (id: try $0.next(Int64.self), position: try $0.next(Int.self)) }
        for version in versions {
          namesByVersion[version.id, default: []].append((version.position, ordered))
        }
      }
      let documents = DocumentCache()
      return try namesByVersion.sorted { $0.key < $1.key }.map { id, groups in
        (
          version: try database.modelVersion(id: id, documents),
          tensorNames: groups.sorted { $0.group < $1.group }.flatMap(\.names)
        )
      }
    }
  }
}

/// What a statement reads of each tensor to tell where its bytes are: one pack of those that hold it as
/// a whole, else one that holds it as a delta, with the place of that one's base.
private enum TensorPlaces {
  static let columns = """
    tensors.digest, packs.digest, places.byte_offset, tensors.byte_count, tensors.scalar_type,
    tensors.shape, bases.digest, delta_packs.digest, deltas.byte_offset, deltas.byte_count,
    deltas.encoding
    """

  static let joins = """
    LEFT JOIN tensor_deltas AS deltas ON deltas.tensor_id = tensors.id
      AND deltas.pack_id = (
        SELECT min(pack_id) FROM tensor_deltas AS any_delta
        WHERE any_delta.tensor_id = tensors.id)
      AND NOT EXISTS (
        SELECT 1 FROM tensor_locations AS whole WHERE whole.tensor_id = tensors.id)
    LEFT JOIN packs AS delta_packs ON delta_packs.id = deltas.pack_id
    LEFT JOIN tensors AS bases ON bases.id = deltas.base_id
    LEFT JOIN tensor_locations AS places
      ON places.tensor_id = coalesce(deltas.base_id, tensors.id)
      AND places.pack_id = (
        SELECT min(pack_id) FROM tensor_locations AS any_location
        WHERE any_location.tensor_id = coalesce(deltas.base_id, tensors.id))
    LEFT JOIN packs ON packs.id = places.pack_id
    """

  /// The place that the columns tell; `nil` when no pack holds the tensor.
  static func location(named name: String, _ row: inout ColumnReader) throws -> TensorLocation? {
    let digest = try row.nextDigest()
    guard let object = try row.nextOptionalDigest() else { return nil }
    return TensorLocation(
      name: name, digest: digest, object: object, byteOffset: try row.next(),
      byteCount: try row.next(), scalarType: try row.next(), shape: try row.nextShape(),
      delta: try row.nextOptionalDelta())
  }
}

extension Database {
  /// The tensors of a model version by name, backbone first, then head.
  func namedTensors(ofVersion id: Int64) throws -> [NamedTensor] {
    try all(
      """
      SELECT tensor_names.name, tensors.digest
      FROM model_version_groups AS own
      CROSS JOIN tensor_group_members AS members ON members.group_id = own.group_id
      JOIN tensor_names ON tensor_names.id = members.name_id
      JOIN tensors ON tensors.id = members.tensor_id
      WHERE own.version_id = ? ORDER BY own.position, members.position
      """, [id]
    ) { NamedTensor(name: try $0.next(), digest: try $0.nextDigest()) }
  }

  /// The row of a tensor; `nil` if it is unknown.
  func tensorID(_ digest: Digest) throws -> Int64? {
    try number("SELECT id FROM tensors WHERE digest = ?", [digest.blob])
  }

  /// The row of a tensor, which is made if there is none.
  func tensorID(recording tensor: PackedTensor) throws -> Int64 {
    let shape = "[\(tensor.shape.map(String.init).joined(separator: ","))]"
    return try tensorID(tensor.digest)
      ?? insert(
        """
        INSERT INTO tensors (digest, byte_count, scalar_type, shape) VALUES (?, ?, ?, ?)
        """, [tensor.digest.blob, tensor.byteCount, tensor.scalarType, shape])
  }

  /// Whether some pack holds a tensor, as a whole or as a delta.
  func isLocated(_ digest: Digest) throws -> Bool {
    try number(
      """
      SELECT 1 FROM tensors WHERE digest = ? AND EXISTS (
        SELECT 1 FROM stored_tensors WHERE stored_tensors.tensor_id = tensors.id)
      """, [digest.blob]) != nil
  }

  /// The error for a version whose tensors' bytes are not all kept.
  fileprivate func lacksBytes(_ version: ModelVersionRecord) throws -> any Error {
    let name = version.reference.description
    guard let state = try deletion(ofModelVersion: version.id) else {
      return CatalogDamage(description: "a tensor of \(name) is in no pack")
    }
    return deleted("model", name, state, restoring: name)
  }

  /// Makes a pack and its tensors known.
  ///
  /// - Throws: `collected_meanwhile` when the pack is not in the store.
  func recordPack(_ pack: PackDraft, isStored: (Digest) -> Bool) throws {
    let known = try number(
      "SELECT id FROM packs WHERE digest = ? AND byte_count = ?",
      [pack.object.blob, pack.byteCount])
    guard known != nil || isStored(pack.object) else {
      throw Self.collectedMeanwhile("The pack \(pack.object)")
    }
    let packID =
      try known
      ?? insert(
        "INSERT INTO packs (digest, byte_count) VALUES (?, ?)",
        [pack.object.blob, pack.byteCount])
    for tensor in pack.tensors {
      precondition(
        tensor.byteOffset >= 0 && tensor.byteCount >= 0
          && tensor.byteOffset + tensor.byteCount <= pack.byteCount,
        "a tensor lies inside its pack")
      let tensorID = try tensorID(recording: tensor)
      try change(
        """
        INSERT INTO tensor_locations (tensor_id, pack_id, byte_offset) VALUES (?, ?, ?)
        ON CONFLICT (tensor_id, pack_id) DO NOTHING
        """, [tensorID, packID, tensor.byteOffset])
    }
    for delta in pack.deltas { try recordDelta(delta, packID: packID, pack) }
  }
}
