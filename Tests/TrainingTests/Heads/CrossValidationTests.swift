import Diagnostics
import Networks
import Tensors
import TestSupport
import Testing
import Training

struct CrossValidationTests {
  private static let head = [
    Layer("head", .linear(Linear(inFeatures: 4, outFeatures: 3)), inputs: [Network.inputName])
  ]

  private static var validation: CrossValidation {
    let network = Network(architecture: "test", backbone: [], head: head)
    return CrossValidation(
      head: head, initial: network.initialHead(seed: 0), options: .standard(for: head))
  }

  /// Three clouds of points, with the fold of each.
  private static func clouds(_ count: Int) -> (data: LabelledFeatures, folds: [Int]) {
    var generator = RandomGenerator(seed: 4)
    var features: [Float] = []
    let labels = (0..<count).map { $0 % 3 }
    for label in labels {
      features += (0..<4).map { ($0 == label ? 3 : 0) + generator.normal() }
    }
    return (
      LabelledFeatures(featureCount: 4, features: features, labels: labels),
      (0..<count).map { $0 / 3 % 5 }
    )
  }

  private static func probabilities(
    _ data: LabelledFeatures, _ folds: [Int], isCancelled: () -> Bool = { false }
  ) throws -> [Float] {
    try validation.probabilities(
      of: data, folds: folds, isCancelled: isCancelled, progress: SilentProgress())
  }

  @Test func `heads tell images apart that they have not seen`() throws {
    let (data, folds) = Self.clouds(150)
    let probabilities = try Self.probabilities(data, folds)
    var right = 0
    for (row, label) in data.labels.enumerated() {
      let values = probabilities[3 * row..<3 * row + 3]
      #expect(abs(values.reduce(0, +) - 1) < 1e-5)
      if values.firstIndex(of: values.max()!)! - 3 * row == label { right += 1 }
    }
    #expect(right > 130)
  }

  @Test func `the label of an image has no part in its own probabilities`() throws {
    let (data, folds) = Self.clouds(60)
    let before = try Self.probabilities(data, folds)
    var labels = data.labels
    labels[7] = (labels[7] + 1) % 3
    let after = try Self.probabilities(
      LabelledFeatures(featureCount: 4, features: data.features, labels: labels), folds)
    #expect(before[21..<24] == after[21..<24])
    #expect(before != after)
  }

  @Test func `it stops when asked to`() throws {
    let (data, folds) = Self.clouds(60)
    let error = try #require(throws: RegistryError.self) {
      try Self.probabilities(data, folds, isCancelled: { true })
    }
    #expect(error.code == .interrupted)
  }
}
