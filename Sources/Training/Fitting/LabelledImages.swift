/// Images with the number of each one's label.
package struct LabelledImages: Sendable {
  /// The images, in a fixed order.
  package let sources: [FeatureExtractor.Source]
  /// Which output of the network each image should get.
  package let labels: [Int]

  /// - Precondition: there is a label for each image.
  package init(sources: [FeatureExtractor.Source], labels: [Int]) {
    precondition(sources.count == labels.count, "each image has a label")
    self.sources = sources
    self.labels = labels
  }

  /// How many images there are.
  package var count: Int { sources.count }
}
