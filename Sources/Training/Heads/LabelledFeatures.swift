/// What a frozen backbone computed for some images, with the label of each.
package struct LabelledFeatures: Sendable {
  /// How many features an image has.
  package let featureCount: Int
  /// The features, `[N, F]`, row by row.
  package let features: [Float]
  /// Which outputs of the head are right, for each row.
  package let targets: LabelTargets

  /// Features with the right outputs.
  ///
  /// - Precondition: there are `featureCount` features for each row of targets.
  package init(featureCount: Int, features: [Float], targets: LabelTargets) {
    precondition(featureCount > 0, "an image has features")
    precondition(
      features.count == targets.count * featureCount, "each target has a row of features")
    self.featureCount = featureCount
    self.features = features
    self.targets = targets
  }

  /// Features of images that have one label each.
  package init(featureCount: Int, features: [Float], labels: [Int]) {
    self.init(featureCount: featureCount, features: features, targets: .exclusive(labels))
  }

  /// How many rows there are.
  package var count: Int { targets.count }

  /// The first row that holds a number that is infinite or not one.
  var firstNonFiniteRow: Int? {
    features.firstIndex { !$0.isFinite }.map { $0 / featureCount }
  }
}
