/// Where an image is, and which models it had a part in.
package struct ImageTrace: Hashable, Sendable {
  /// The dataset versions that hold the image, the newest first.
  package let occurrences: [ImageOccurrence]
  /// The model versions that were trained on it and their descendants, the oldest first.
  package let models: [ImageInfluence]
}

/// An image in a dataset version.
package struct ImageOccurrence: Hashable, Sendable {
  /// The dataset version.
  package let dataset: NamedVersion
  /// What the image shows, in the order of the labels' bytes.
  package let labels: [String]
  /// The label, or the first of several; empty without one.
  package var label: String { labels.first ?? "" }
  /// The part of the dataset that it belongs to.
  package let split: Split
  /// The path that it was imported from.
  package let sourcePath: String
  /// Whether the dataset version is deleted.
  package let isDeleted: Bool
}

/// A model version that an image had a part in.
package struct ImageInfluence: Hashable, Sendable {
  /// The model version.
  package let model: NamedVersion
  /// The run that made it.
  package let runID: String?
  /// The split of the image in the training that made this version; `nil` if that training did
  /// not read the image, or there was none.
  package let ownSplit: Split?
  /// The split of the image in the trainings of the version's bases; `nil` if none read it.
  ///
  /// If there were several, the one that tells the weights most: `train` before `validation`
  /// before `test`.
  package let inheritedSplit: Split?
  /// Whether the model version is deleted.
  package let isDeleted: Bool
}
