/// Images with the numbers of their labels.
package struct LabelledImages: Sendable {
  /// The images, in a fixed order.
  package let sources: [FeatureExtractor.Source]
  /// Which outputs of the network are right, for each image.
  package let targets: LabelTargets

  /// - Precondition: there is a target for each image.
  package init(sources: [FeatureExtractor.Source], targets: LabelTargets) {
    precondition(sources.count == targets.count, "each image has a target")
    self.sources = sources
    self.targets = targets
  }

  /// Images that have one label each.
  package init(sources: [FeatureExtractor.Source], labels: [Int]) {
    self.init(sources: sources, targets: .exclusive(labels))
  }

  /// How many images there are.
  package var count: Int { sources.count }
}
