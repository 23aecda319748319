/// What a frozen backbone computed for some images, with the label of each.
package struct LabelledFeatures: Sendable {
  /// How many features an image has.
  package let featureCount: Int
  /// The features, `[N, F]`, row by row.
  package let features: [Float]
  /// Which output of the head is right, for each row.
  package let labels: [Int]

  /// Features with labels.
  ///
  /// - Precondition: there are `featureCount` features for each label, and no label is negative.
  package init(featureCount: Int, features: [Float], labels: [Int]) {
    precondition(featureCount > 0, "an image has features")
    precondition(features.count == labels.count * featureCount, "each label has a row of features")
    precondition(labels.allSatisfy { $0 >= 0 }, "a label is the index of an output")
    self.featureCount = featureCount
    self.features = features
    self.labels = labels
  }

  /// How many rows there are.
  package var count: Int { labels.count }

  /// The first row that holds a number that is infinite or not one.
  var firstNonFiniteRow: Int? {
    features.firstIndex { !$0.isFinite }.map { $0 / featureCount }
  }
}
