import Catalog
import Diagnostics
import Networks
import Tensors
import Training

/// Looks for wrong labels with heads that judge images which they were not fitted to.
struct LabelCheck {
  /// In how many parts the images are judged.
  static let foldCount = 5

  /// A dataset version whose images have one label each.
  var version: DatasetVersionRecord
  /// Its images.
  var items: [DatasetItem]
  /// Pairs of positions of images that are too alike to be in different parts: a head that has seen
  /// one knows the other.
  var related: [(first: Int, second: Int)]

  /// What became of the labels.
  struct Judgement {
    var labels: [String]
    /// `[N, K]`, out of sample.
    var probabilities: [Float]
    /// The labels that the images have.
    var targets: [Int]
    var learning: ConfidentLearning

    /// The probabilities of an image.
    func row(_ position: Int) -> ArraySlice<Float> {
      probabilities[position * labels.count..<(position + 1) * labels.count]
    }
  }

  /// Judges all images by their features, `[N, F]`.
  ///
  /// - Returns: `nil` when there are too few labels or images to judge.
  /// - Throws: `interrupted`, `non_finite_feature`.
  func judge(
    _ features: [Float], featureCount: Int, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> Judgement? {
    let dataset = JoinedDataset(versions: [version], items: items)
    let labels = dataset.labels
    guard labels.count > 1, items.count >= 2 * Self.foldCount else { return nil }
    let targets = try LabelIndex(of: labels, isMultiLabel: false, subject: "The check")
      .outputs(of: items, in: dataset)
    let head = [
      Layer(
        "head", .linear(Linear(inFeatures: featureCount, outFeatures: labels.count)),
        inputs: [Network.inputName])
    ]
    let network = Network(architecture: "check", backbone: [], head: head)
    let validation = CrossValidation(
      head: head, initial: network.initialHead(seed: 0), options: .standard(for: head))
    let probabilities = try validation.probabilities(
      of: LabelledFeatures(featureCount: featureCount, features: features, labels: targets),
      folds: folds(targets), isCancelled: { cancellation.isCancelled }, progress: progress)
    return Judgement(
      labels: labels, probabilities: probabilities, targets: targets,
      learning: ConfidentLearning(
        probabilities: probabilities, labels: targets, labelCount: labels.count))
  }

  /// The part of each image: each label is spread evenly over all parts, in an order that the images'
  /// digests decide, and images that are alike are in one part.
  private func folds(_ targets: [Int]) -> [Int] {
    var sets = ConnectedSets(count: items.count)
    for pair in related { sets.connect(pair.first, pair.second) }
    let representatives = items.indices.map { sets.representative(of: $0) }
    let order = items.indices.sorted { items[$0].digest.hexadecimal < items[$1].digest.hexadecimal }
    var foldOfSet: [Int: Int] = [:]
    var counts: [Int: Int] = [:]
    for position in order {
      let set = representatives[position]
      if foldOfSet[set] == nil {
        foldOfSet[set] =
          (targets[position] + counts[targets[position], default: 0]) % Self.foldCount
        counts[targets[position], default: 0] += 1
      }
    }
    return representatives.map { foldOfSet[$0] ?? 0 }
  }
}
