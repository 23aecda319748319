import Diagnostics
import Networks
import Tensors

@testable import Training

/// A small problem to fit: clusters of points with noise, and a head for it.
struct HeadCase {
  var head: [Layer]
  var training: LabelledFeatures
  var validation: LabelledFeatures
  var initial: StateDict

  init(
    features: Int = 12, labels: Int = 3, rows: Int = 40, hidden: Int? = nil, dropout: Float = 0,
    seed: UInt64 = 1
  ) {
    head = Self.head(features: features, labels: labels, hidden: hidden, dropout: dropout)
    var generator = RandomGenerator(seed: seed)
    let centers = (0..<labels * features).map { _ in generator.normal() }
    func draw(_ count: Int) -> LabelledFeatures {
      let chosen = (0..<count).map { $0 % labels }
      let values = chosen.flatMap { label in
        (0..<features).map { 2 + centers[label * features + $0] + 1.5 * generator.normal() }
      }
      return LabelledFeatures(featureCount: features, features: values, labels: chosen)
    }
    training = draw(rows)
    validation = draw(max(rows / 2, labels))
    initial = Self.firstWeights(head, seed: seed)
  }

  static func head(
    features: Int, labels: Int, hidden: Int? = nil, dropout: Float = 0
  ) -> [Layer] {
    guard let hidden else {
      return [
        Layer(
          "fc", .linear(Linear(inFeatures: features, outFeatures: labels)), inputs: ["flatten"])
      ]
    }
    return [
      Layer(
        "fc.0", .linear(Linear(inFeatures: features, outFeatures: hidden)), inputs: ["flatten"]),
      Layer("fc.1", .activation(.relu), inputs: ["fc.0"]),
      Layer("fc.2", .dropout(rate: dropout), inputs: ["fc.1"]),
      Layer("fc.3", .linear(Linear(inFeatures: hidden, outFeatures: labels)), inputs: ["fc.2"]),
    ]
  }

  static func firstWeights(_ head: [Layer], seed: UInt64) -> StateDict {
    var generator = RandomGenerator(seed: seed, stream: 7)
    return StateDict(
      head.flatMap(\.tensors).map { tensor in
        (
          tensor.name,
          Tensor(shape: tensor.shape) { values in
            for index in values.indices { values[index] = generator.uniform(in: -0.3..<0.3) }
          }
        )
      })
  }

  func run(
    _ options: HeadFitOptions, validates: Bool = true, resuming: FitCheckpoint? = nil,
    recorder: RecordedMetrics = RecordedMetrics(), isCancelled: () -> Bool = { false },
    checkpoint: (() throws -> FitCheckpoint) throws -> Void = { _ in }
  ) throws -> FitResult {
    try HeadFit(
      head: head, initial: initial, training: training,
      validation: validates ? validation : nil, options: options, resuming: resuming
    ).run(
      recorder: recorder, isCancelled: isCancelled, progress: SilentProgress(),
      checkpoint: checkpoint)
  }
}

extension StateDict {
  /// Names and bits, to compare with.
  var bits: [String: [UInt32]] {
    Dictionary(
      uniqueKeysWithValues: entries.map { ($0.name, $0.tensor.floats().map(\.bitPattern)) })
  }
}

extension LabelledFeatures {
  /// The label of each row, where there is one.
  var labels: [Int] {
    guard case .exclusive(let labels) = targets else { return [] }
    return labels
  }
}
