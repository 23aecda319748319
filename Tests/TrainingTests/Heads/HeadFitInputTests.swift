import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct HeadFitInputTests {
  /// The code of the error that a fit ends with.
  private func code(of problem: HeadCase, _ options: HeadFitOptions) -> RegistryError.Code? {
    #expect(throws: RegistryError.self) { _ = try problem.run(options) }?.code
  }

  @Test(arguments: OptimizerKind.allCases)
  func `one image of each label is enough`(optimizer: OptimizerKind) throws {
    let problem = HeadCase(labels: 3, rows: 3)
    for validates in [true, false] {
      let result = try problem.run(
        HeadFitOptions(optimizer: optimizer, learningRate: 0.01), validates: validates)
      let weights = result.tensors.entries.flatMap { $0.tensor.floats() }
      #expect(weights.allSatisfy { $0.isFinite })
      #expect(result.metrics["train_accuracy"] == 1)
    }
  }

  @Test(arguments: OptimizerKind.allCases, [Float(0), 1, 1e6, 1e30])
  func `features that are all equal leave finite weights`(
    optimizer: OptimizerKind, value: Float
  ) throws {
    var problem = HeadCase(labels: 2)
    problem.training = LabelledFeatures(
      featureCount: 12, features: [Float](repeating: value, count: 12 * 4), labels: [0, 1, 1, 1])
    let result = try problem.run(
      HeadFitOptions(optimizer: optimizer, epochs: 50, learningRate: 0.1), validates: false)
    let weights = result.tensors.entries.flatMap { $0.tensor.floats() }
    #expect(weights.allSatisfy { $0.isFinite })
    if value < 1e6 { #expect(abs(try #require(result.metrics["train_loss"]) - 0.5623) < 0.01) }
  }

  @Test(arguments: OptimizerKind.allCases, [Float(1e-20), 1e-3, 1e12, 1e25])
  func `the scale of the features does not matter`(
    optimizer: OptimizerKind, scale: Float
  ) throws {
    let problem = HeadCase(rows: 60)
    var scaled = problem
    scaled.initial = StateDict(
      problem.initial.entries.map { ($0.name, Tensor(shape: $0.tensor.shape) { _ in }) })
    scaled.training = LabelledFeatures(
      featureCount: 12, features: problem.training.features.map { $0 * scale },
      labels: problem.training.labels)
    scaled.validation = LabelledFeatures(
      featureCount: 12, features: problem.validation.features.map { $0 * scale },
      labels: problem.validation.labels)
    let result = try scaled.run(HeadFitOptions(optimizer: optimizer, learningRate: 0.01))
    #expect(try #require(result.metrics["validation_accuracy"]) > 0.7)
  }

  @Test func `a feature that is not a number is refused with its row`() throws {
    var problem = HeadCase()
    var features = problem.training.features
    features[12 * 5 + 3] = .nan
    problem.training = LabelledFeatures(
      featureCount: 12, features: features, labels: problem.training.labels)
    let error = #expect(throws: RegistryError.self) { _ = try problem.run(HeadFitOptions()) }
    #expect(error?.code == .nonFiniteFeature)
    #expect(error?.message.contains("Row 5 of the training") ?? false)

    problem = HeadCase()
    features = problem.validation.features
    features[12 * 2] = .infinity
    problem.validation = LabelledFeatures(
      featureCount: 12, features: features, labels: problem.validation.labels)
    let second = #expect(throws: RegistryError.self) { _ = try problem.run(HeadFitOptions()) }
    #expect(second?.message.contains("Row 2 of the validation") ?? false)
  }

  @Test func `nothing to train on and nothing to tell apart are refused`() {
    var empty = HeadCase()
    empty.training = LabelledFeatures(featureCount: 12, features: [], labels: [])
    #expect(code(of: empty, HeadFitOptions()) == .noTrainingImages)
    let single = HeadCase(labels: 1)
    #expect(code(of: single, HeadFitOptions()) == .tooFewLabels)
  }

  @Test func `an empty validation split counts as none`() throws {
    var problem = HeadCase()
    problem.validation = LabelledFeatures(featureCount: 12, features: [], labels: [])
    let result = try problem.run(HeadFitOptions())
    #expect(result.metrics["validation_loss"] == nil)
    #expect(result.stop == .finished)
  }

  @Test func `a label without images keeps the others trainable`() throws {
    var problem = HeadCase(labels: 3)
    problem.training = LabelledFeatures(
      featureCount: 12, features: problem.training.features,
      labels: problem.training.labels.map { min($0, 1) })
    for optimizer in OptimizerKind.allCases {
      let options = HeadFitOptions(optimizer: optimizer, balancesClasses: true)
      let result = try problem.run(options, validates: false)
      #expect(result.epochs > 0)
    }
  }

  @Test func `a learning rate far too large is an error with a way out`() throws {
    let problem = HeadCase(hidden: 8)
    let error = #expect(throws: RegistryError.self) {
      _ = try problem.run(
        HeadFitOptions(optimizer: .adamw, learningRate: 1e30, schedule: .constant))
    }
    #expect(error?.code == .trainingDiverged)
    #expect(error?.message.hasPrefix("In step ") ?? false)
    #expect(error?.message.contains("1e+30") ?? false)
    #expect(error?.place?.layer != nil)
    var broken = HeadCase()
    broken.initial["fc.bias"] = Tensor(shape: [3], [0, .nan, 0])
    for optimizer in OptimizerKind.allCases {
      #expect(
        code(of: broken, HeadFitOptions(optimizer: optimizer)) == .trainingDiverged)
    }
  }

  @Test func `options that no fit can use are refused`() {
    let problem = HeadCase()
    for options in [
      HeadFitOptions(epochs: 0), HeadFitOptions(batchSize: 0), HeadFitOptions(learningRate: 0),
      HeadFitOptions(learningRate: .nan), HeadFitOptions(weightDecay: -1),
      HeadFitOptions(labelSmoothing: 1), HeadFitOptions(patience: 0),
    ] {
      #expect(code(of: problem, options) == .impossibleFitOptions)
    }
  }
}
