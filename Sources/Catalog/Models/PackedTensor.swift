package import Tensors

/// A tensor with the name that a network knows it by.
package struct NamedTensor: Hashable, Sendable {
  /// The state dict name.
  package let name: String
  /// The digest of the tensor: of its type, its shape and its bytes.
  package let digest: Digest

  /// A tensor under a name.
  package init(name: String, digest: Digest) {
    self.name = name
    self.digest = digest
  }
}

/// A tensor and its place in a pack.
package struct PackedTensor: Hashable, Sendable {
  /// The digest of the tensor: of its type, its shape and its bytes.
  package let digest: Digest
  /// Where its bytes begin, from the start of the pack.
  package let byteOffset: Int
  /// How many bytes it has.
  package let byteCount: Int
  /// The type of its numbers, by the name that safetensors uses.
  package let scalarType: String
  /// The extents, outermost first; empty for a scalar.
  package let shape: [Int]

  /// A tensor at a place.
  package init(
    digest: Digest, byteOffset: Int, byteCount: Int, scalarType: String, shape: [Int]
  ) {
    self.digest = digest
    self.byteOffset = byteOffset
    self.byteCount = byteCount
    self.scalarType = scalarType
    self.shape = shape
  }
}

/// A pack that is to be made known, with the tensors in it.
package struct PackDraft: Hashable, Sendable {
  /// The SHA-256 of the pack's bytes.
  package let object: Digest
  /// The length of the pack in bytes.
  package let byteCount: Int
  /// The tensors in it as a whole.
  package var tensors: [PackedTensor]
  /// The tensors in it as deltas.
  package var deltas: [PackedDelta]

  /// A pack with these tensors.
  package init(
    object: Digest, byteCount: Int, tensors: [PackedTensor] = [], deltas: [PackedDelta] = []
  ) {
    self.object = object
    self.byteCount = byteCount
    self.tensors = tensors
    self.deltas = deltas
  }
}

/// A tensor of a model version, and where its bytes are.
package struct TensorLocation: Hashable, Sendable {
  /// The state dict name.
  package let name: String
  /// The digest of the tensor: of its type, its shape and its bytes.
  package let digest: Digest
  /// The pack that holds it, or the base of its delta.
  package let object: Digest
  /// Where its bytes, or those of the base of its delta, begin, from the start of the pack.
  package let byteOffset: Int
  /// How many bytes it has.
  package let byteCount: Int
  /// The type of its numbers, by the name that safetensors uses.
  package let scalarType: String
  /// The extents, outermost first; empty for a scalar.
  package let shape: [Int]
  /// What to add to the bytes of the base; `nil` when the tensor is stored as a whole.
  package var delta: DeltaLocation?
}
