import Catalog
import Diagnostics
import Networks
import Tensors
import Training

/// Looks for wrong labels with heads that judge images which they were not fitted to.
struct LabelCheck {
  /// In how many parts the images are judged.
  static let foldCount = 5

  /// A dataset version.
  var version: DatasetVersionRecord
  /// Its images.
  var items: [DatasetItem]
  /// Pairs of positions of images that are too alike to be in different parts: a head that has seen
  /// one knows the other.
  var related: [(first: Int, second: Int)]

  /// Judges all images by their features, `[N, F]`.
  ///
  /// Where labels are independent, each of them is judged on its own: whether an image has it or not.
  ///
  /// - Returns: `nil` when there are too few labels or images to judge.
  /// - Throws: `interrupted`, `non_finite_feature`.
  func judge(
    _ features: [Float], featureCount: Int, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> LabelJudgement? {
    let dataset = JoinedDataset(source: JoinedVersions(versions: [version]), items: items)
    let labels = dataset.labels
    guard labels.count > (dataset.isMultiLabel ? 0 : 1), items.count >= 2 * Self.foldCount else {
      return nil
    }
    let targets = try LabelIndex(
      of: labels, isMultiLabel: dataset.isMultiLabel, subject: "The check"
    ).targets(of: items, in: dataset)
    let head = [
      Layer(
        "head", .linear(Linear(inFeatures: featureCount, outFeatures: labels.count)),
        inputs: [Network.inputName])
    ]
    let network = Network(architecture: "check", backbone: [], head: head)
    let validation = CrossValidation(
      head: head, initial: network.initialHead(seed: 0), options: .standard(for: head))
    let probabilities = try validation.probabilities(
      of: LabelledFeatures(featureCount: featureCount, features: features, targets: targets),
      folds: folds(), isCancelled: { cancellation.isCancelled }, progress: progress)
    return LabelJudgement(labels: labels, probabilities: probabilities, targets: targets)
  }

  /// The part of each image: images with the same labels are spread evenly over all parts, in an order
  /// that the images' digests decide, and images that are alike are in one part.
  private func folds() -> [Int] {
    var kinds: [[String]: Int] = [:]
    for labels in items.map(\.labels).sorted(by: { $0.lexicographicallyPrecedes($1) })
    where kinds[labels] == nil { kinds[labels] = kinds.count }
    var sets = ConnectedSets(count: items.count)
    for pair in related { sets.connect(pair.first, pair.second) }
    let representatives = items.indices.map { sets.representative(of: $0) }
    let order = items.indices.sorted { items[$0].digest.hexadecimal < items[$1].digest.hexadecimal }
    var foldOfSet: [Int: Int] = [:]
    var counts: [Int: Int] = [:]
    for position in order {
      let set = representatives[position]
      if foldOfSet[set] == nil {
        let kind = kinds[items[position].labels] ?? 0
        foldOfSet[set] = (kind + counts[kind, default: 0]) % Self.foldCount
        counts[kind, default: 0] += 1
      }
    }
    return representatives.map { foldOfSet[$0] ?? 0 }
  }
}
