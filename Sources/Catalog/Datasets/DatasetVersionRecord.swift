/// An immutable list of labelled images.
package struct DatasetVersionRecord: Hashable, Sendable {
  /// The number of its row.
  package let id: Int64
  /// The name of the dataset.
  package let dataset: String
  /// The number among the versions of the dataset; the first is 1.
  package let version: Int
  /// What splits were drawn with.
  package let seed: Int
  /// How large the splits were meant to be.
  package let fractions: SplitShares
  /// The number of images.
  package let imageCount: Int
  /// Whether labels are independent, so that an image may have several, or none.
  package let isMultiLabel: Bool
  /// The number of images of each label.
  package let labels: [String: Int]
  /// The number of images of each label, the first key, in each split that has any.
  package let labelSplits: [String: [Split: Int]]
  /// The number of images without a label, which only independent labels allow.
  package let unlabelledCount: Int
  /// The number of images of each split; all three are there.
  package let splits: [Split: Int]
  /// When it was made.
  package let createdAt: Timestamp

  /// Name and version, for records that point here.
  package var reference: NamedVersion { NamedVersion(id: id, name: dataset, version: version) }
}
