package import Tensors

/// An object that the catalogue needs.
package struct ReferencedObject: Hashable, Sendable {
  /// What the bytes of an object are.
  package enum Kind: String, Sendable, CaseIterable {
    /// An image as it came.
    case image
    /// Tensors of model versions.
    case pack
    /// What an unfinished run needs to go on.
    case checkpoint
  }

  /// The SHA-256 of the bytes.
  package let digest: Digest
  /// What the bytes are.
  package let kind: Kind
  /// The length in bytes.
  package let byteCount: Int
}
