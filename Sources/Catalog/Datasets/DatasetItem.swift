package import Tensors

/// An image in a dataset version, under a label and in a split.
package struct DatasetItem: Hashable, Sendable {
  /// The image.
  package let digest: Digest
  /// What the image shows.
  package let label: String
  /// The part of the dataset that it belongs to.
  package let split: Split
  /// Where the image was imported from.
  package let sourcePath: String
  /// What else it belongs to, for example a video; the images of a group share a split.
  package let group: String?
  /// The image's 64-bit fingerprint.
  ///
  /// Given with items that are read; ignored in a draft, where the ``ImageRecord`` has it.
  package let perceptualHash: UInt64

  /// An item with these properties.
  package init(
    digest: Digest, label: String, split: Split, sourcePath: String, group: String? = nil,
    perceptualHash: UInt64 = 0
  ) {
    self.digest = digest
    self.label = label
    self.split = split
    self.sourcePath = sourcePath
    self.group = group
    self.perceptualHash = perceptualHash
  }
}
