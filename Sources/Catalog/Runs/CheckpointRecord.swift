package import Tensors

/// What a run needs to go on exactly where it was.
package struct CheckpointRecord: Hashable, Sendable {
  /// The object that holds it.
  package let object: Digest
  /// The length of the object in bytes.
  package let byteCount: Int
  /// The last step that is in it.
  package let step: Int
  /// When it was saved.
  package let createdAt: Timestamp

  /// A checkpoint with these properties.
  package init(object: Digest, byteCount: Int, step: Int, createdAt: Timestamp = .now()) {
    self.object = object
    self.byteCount = byteCount
    self.step = step
    self.createdAt = createdAt
  }
}
