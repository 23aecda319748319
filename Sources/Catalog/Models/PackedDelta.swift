package import Tensors

/// A tensor that lies in a pack as what has to be added to another one, its base, which has the same
/// type and shape and is stored as a whole.
package struct PackedDelta: Hashable, Sendable {
  /// The tensor, and where in the pack its delta begins.
  package let tensor: PackedTensor
  /// How many bytes the delta has.
  package let byteCount: Int
  /// The name of the layout of the delta.
  package let encoding: String
  /// The digest of the base.
  package let base: Digest

  /// The delta of a tensor against a base.
  package init(tensor: PackedTensor, byteCount: Int, encoding: String, base: Digest) {
    self.tensor = tensor
    self.byteCount = byteCount
    self.encoding = encoding
    self.base = base
  }
}

/// Where the delta of a tensor is.
package struct DeltaLocation: Hashable, Sendable {
  /// The digest of the tensor that it has to be added to.
  package let base: Digest
  /// The pack that holds the delta.
  package let object: Digest
  /// Where it begins, from the start of the pack.
  package let byteOffset: Int
  /// How many bytes it has.
  package let byteCount: Int
  /// The name of its layout.
  package let encoding: String
}
