import GRDB
package import Tensors

extension CatalogDatabase {
  /// The tensors whose deltas a pack holds, in the order of their bytes; their names are their digests.
  ///
  /// - Complexity: O(answer).
  package func packDeltas(_ object: Digest) throws -> [TensorLocation] {
    try read { database in
      try database.all(
        """
        SELECT tensors.digest, base_packs.digest, places.byte_offset, tensors.byte_count,
          tensors.scalar_type, tensors.shape,
          bases.digest, packs.digest, deltas.byte_offset, deltas.byte_count, deltas.encoding
        FROM packs JOIN tensor_deltas AS deltas ON deltas.pack_id = packs.id
        JOIN tensors ON tensors.id = deltas.tensor_id
        JOIN tensors AS bases ON bases.id = deltas.base_id
        JOIN tensor_locations AS places ON places.tensor_id = bases.id AND places.pack_id = (
          SELECT min(pack_id) FROM tensor_locations AS any_location
          WHERE any_location.tensor_id = bases.id)
        JOIN packs AS base_packs ON base_packs.id = places.pack_id
        WHERE packs.digest = ? ORDER BY deltas.byte_offset, tensors.id
        """, [object.blob]
      ) {
        let digest = try $0.nextDigest()
        return TensorLocation(
          name: digest.hexadecimal, digest: digest, object: try $0.nextDigest(),
          byteOffset: try $0.next(), byteCount: try $0.next(), scalarType: try $0.next(),
          shape: try $0.nextShape(), delta: try $0.nextOptionalDelta())
      }
    }
  }

  /// The packs that hold deltas.
  ///
  /// - Complexity: O(deltas).
  package func packsWithDeltas() throws -> [Digest] {
    try read { database in
      try database.all(
        """
        SELECT digest FROM packs WHERE EXISTS (
          SELECT 1 FROM tensor_deltas WHERE tensor_deltas.pack_id = packs.id) ORDER BY id
        """
      ) { try $0.nextDigest() }
    }
  }

  /// The tensors that cannot be read without one of these, which are the bases of their deltas.
  ///
  /// - Complexity: O(answer).
  package func tensors(deltasOf bases: [Digest]) throws -> [Digest] {
    try read { database in
      try bases.flatMap { base in
        try database.all(
          """
          SELECT tensors.digest
          FROM tensors AS bases CROSS JOIN tensor_deltas AS deltas ON deltas.base_id = bases.id
          JOIN tensors ON tensors.id = deltas.tensor_id
          WHERE bases.digest = ? AND NOT EXISTS (
            SELECT 1 FROM tensor_locations AS whole WHERE whole.tensor_id = tensors.id)
          """, [base.blob]
        ) { try $0.nextDigest() }
      }
    }
  }
}

extension Database {
  /// Makes a tensor known that lies in a pack as a delta.
  ///
  /// - Throws: `collected_meanwhile` when its base is not stored as a whole.
  func recordDelta(_ delta: PackedDelta, packID: Int64, _ pack: PackDraft) throws {
    precondition(
      delta.tensor.byteOffset >= 0 && delta.byteCount > 0
        && delta.tensor.byteOffset + delta.byteCount <= pack.byteCount,
      "a delta lies inside its pack")
    let baseID = try number(
      """
      SELECT id FROM tensors WHERE digest = ? AND EXISTS (
        SELECT 1 FROM tensor_locations WHERE tensor_locations.tensor_id = tensors.id)
      """, [delta.base.blob])
    guard let baseID else { throw Self.collectedMeanwhile("The base of a delta") }
    try change(
      """
      INSERT INTO tensor_deltas (tensor_id, pack_id, base_id, encoding, byte_offset, byte_count)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tensor_id, pack_id) DO NOTHING
      """,
      [
        try tensorID(recording: delta.tensor), packID, baseID, delta.encoding,
        delta.tensor.byteOffset, delta.byteCount,
      ])
  }
}

extension ColumnReader {
  /// Base, pack, offset, length and encoding of a delta; `nil` when the first is null.
  mutating func nextOptionalDelta() throws -> DeltaLocation? {
    guard let base = try nextOptionalDigest() else { return nil }
    return DeltaLocation(
      base: base, object: try nextDigest(), byteOffset: try next(), byteCount: try next(),
      encoding: try next())
  }
}
