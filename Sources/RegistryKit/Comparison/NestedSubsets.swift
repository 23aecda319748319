package import Catalog
private import Tensors

/// Parts of a split that grow by images of each label: every part holds the smaller ones.
package struct NestedSubsets: Sendable {
  /// The images of each label in an order that the seed decides.
  private let images: [[DatasetItem]]

  /// - Parameters:
  ///   - items: The images of the split.
  ///   - labels: The labels, in the order of the outputs.
  ///   - seed: Decides the order: by the digest of the seed and the image, so that images which are
  ///     added move none of the others.
  package init(of items: [DatasetItem], labels: [String], seed: Int) {
    let byLabel = Dictionary(grouping: items, by: \.label)
    images = labels.map { label in
      (byLabel[label] ?? [])
        .map { (key: Digest(of: Array("\(seed) \($0.digest)".utf8)).hexadecimal, item: $0) }
        .sorted { $0.key < $1.key }.map(\.item)
    }
  }

  /// The first images of each label.
  ///
  /// - Parameter count: At most how many of each; all if `nil`.
  /// - Returns: The images, label by label.
  package func items(perLabel count: Int?) -> [DatasetItem] {
    images.flatMap { $0.prefix(count ?? $0.count) }
  }

  /// The most images that a label has.
  package var greatestCount: Int { images.map(\.count).max() ?? 0 }
}
