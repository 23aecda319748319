package import Tensors

/// What a frozen prefix put out for images, kept by the images' digests.
///
/// One store belongs to one prefix and one preprocessing: whoever makes it sees to that.
package protocol ActivationStore: Sendable {
  /// Reads what was computed for an image.
  ///
  /// - Returns: `false`, and nothing is written, when the store does not have it.
  func read(_ image: Digest, into values: UnsafeMutableBufferPointer<Float>) -> Bool

  /// Keeps what was computed for some images: `[images.count, F]`, row-major.
  func store(_ images: [Digest], _ values: UnsafeBufferPointer<Float>) throws
}
