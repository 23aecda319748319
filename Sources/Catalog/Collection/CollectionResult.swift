package import Tensors

/// What collecting did to the rows, and what is left to do with the bytes.
package struct CollectedRows: Sendable {
  /// What was deleted and cannot be restored any more.
  package var subjects = DeletedSubjects()
  /// Objects that no row names any more.
  package var objects: [Digest] = []
  /// Packs of which a part is not needed.
  package var partialPacks: [PartialPack] = []
}

/// A pack that holds tensors that are needed and others that are not.
package struct PartialPack: Sendable {
  /// The SHA-256 of the pack's bytes.
  package let object: Digest
  /// The length of the pack in bytes.
  package let byteCount: Int
  /// The tensors that are needed, in the order of their bytes, by a name that is unique in the pack.
  package let needed: [(name: String, tensor: PackedTensor)]
  /// The tensors that are needed and lie in it as deltas, likewise.
  package let neededDeltas: [(name: String, delta: PackedDelta)]
  /// The bytes of the tensors that are not.
  package let unneededBytes: Int
}
