package import Tensors

/// An image in a dataset version, under its labels and in a split.
package struct DatasetItem: Hashable, Sendable {
  /// The image.
  package let digest: Digest
  /// What the image shows, in the order of the labels' bytes, each once: one label, unless the labels
  /// of the dataset are independent.
  package let labels: [String]
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

  /// The label, or the first of several; empty when the image has none.
  package var label: String { labels.first ?? "" }

  /// An item with these properties.
  package init(
    digest: Digest, labels: [String], split: Split, sourcePath: String, group: String? = nil,
    perceptualHash: UInt64 = 0
  ) {
    self.digest = digest
    self.labels = Self.ordered(labels)
    self.split = split
    self.sourcePath = sourcePath
    self.group = group
    self.perceptualHash = perceptualHash
  }

  /// An item with one label.
  package init(
    digest: Digest, label: String, split: Split, sourcePath: String, group: String? = nil,
    perceptualHash: UInt64 = 0
  ) {
    self.init(
      digest: digest, labels: [label], split: split, sourcePath: sourcePath, group: group,
      perceptualHash: perceptualHash)
  }

  /// Labels as items have them: each once, in the order of their bytes.
  package static func ordered(_ labels: [String]) -> [String] {
    labels.count < 2
      ? labels : Set(labels).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
