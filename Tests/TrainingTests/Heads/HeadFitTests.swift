import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct HeadFitTests {
  @Test(arguments: OptimizerKind.allCases, [nil, 16] as [Int?])
  func `clusters are told apart`(optimizer: OptimizerKind, hidden: Int?) throws {
    let problem = HeadCase(rows: 90, hidden: hidden)
    let recorder = RecordedMetrics()
    let result = try problem.run(
      HeadFitOptions(optimizer: optimizer, learningRate: 0.01), recorder: recorder)
    #expect(try #require(result.metrics["validation_accuracy"]) > 0.8)
    #expect(recorder.steps == Array(1...result.epochs))
    for key in [
      "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate",
    ] {
      #expect(recorder.series(key).count == result.epochs)
    }
    let losses = recorder.series("validation_loss")
    if optimizer == .adamw || hidden != nil {
      #expect(losses.min() == losses[result.bestEpoch - 1])
    }
    let kept = try #require(result.metrics["validation_loss"])
    #expect(abs(kept - losses[result.bestEpoch - 1]) < 1e-4)
    #expect(result.checkpoint == nil)
  }

  @Test func `the metrics of the result are those of its weights`() throws {
    let problem = HeadCase()
    let result = try problem.run(HeadFitOptions())
    let logits = try HeadNetwork(head: problem.head, tensors: result.tensors)
      .logits(problem.validation.features, count: problem.validation.count)
    let metrics = ClassificationMetrics(
      logits: logits, labels: problem.validation.labels, labelCount: 3)
    #expect(abs(try #require(result.metrics["validation_loss"]) - metrics.loss) < 1e-6)
    #expect(result.metrics["validation_accuracy"] == metrics.accuracy)
  }

  @Test(arguments: OptimizerKind.allCases)
  func `the same seed gives the same bits`(optimizer: OptimizerKind) throws {
    let problem = HeadCase(hidden: 8, dropout: optimizer == .adamw ? 0.5 : 0)
    var options = HeadFitOptions(optimizer: optimizer, epochs: 10, batchSize: 7, seed: 5)
    let results = try (0..<2).map { _ in try problem.run(options).tensors.bits }
    #expect(results[0] == results[1])
    guard optimizer == .adamw else { return }
    options.seed = 6
    #expect(try problem.run(options).tensors.bits != results[0])
  }

  @Test func `without a validation split the fit goes on to the end`() throws {
    let problem = HeadCase()
    let recorder = RecordedMetrics()
    let lbfgs = try problem.run(HeadFitOptions(), validates: false, recorder: recorder)
    #expect(lbfgs.stop == .finished)
    #expect(lbfgs.bestEpoch == lbfgs.epochs)
    #expect(lbfgs.metrics.keys.sorted() == ["train_accuracy", "train_loss"])
    #expect(recorder.series("validation_loss").isEmpty)
    let adamw = try problem.run(
      HeadFitOptions(optimizer: .adamw, epochs: 30, patience: 1), validates: false)
    #expect(adamw.epochs == 30)
    #expect(adamw.bestEpoch == 30)
  }

  @Test func `a loss that only grows stops the fit, and the best weights come back`() throws {
    var problem = HeadCase()
    // What is right in training is wrong in validation.
    problem.validation = LabelledFeatures(
      featureCount: 12, features: problem.training.features,
      labels: problem.training.labels.map { ($0 + 1) % 3 })
    let recorder = RecordedMetrics()
    let result = try problem.run(
      HeadFitOptions(optimizer: .adamw, learningRate: 0.05, patience: 4), recorder: recorder)
    #expect(result.stop == .earlyStopped)
    #expect(result.epochs == result.bestEpoch + 4)
    // The second solution is worse than the first.
    let lbfgs = try problem.run(HeadFitOptions(optimizer: .lbfgs))
    #expect(lbfgs.stop == .earlyStopped)
    #expect(lbfgs.bestEpoch < lbfgs.epochs)
    let undecayed = try problem.run(
      HeadFitOptions(optimizer: .lbfgs, weightDecay: 0, patience: 4))
    #expect(undecayed.stop == .earlyStopped)
    #expect(undecayed.epochs == undecayed.bestEpoch + 4)
  }

  @Test func `a head with dropout is for AdamW, and a linear one for L-BFGS`() throws {
    #expect(HeadFitOptions.standard(for: HeadCase().head).optimizer == .lbfgs)
    let dropping = HeadCase(hidden: 4, dropout: 0.1)
    #expect(HeadFitOptions.standard(for: dropping.head).optimizer == .adamw)
    let error = #expect(throws: RegistryError.self) { _ = try dropping.run(HeadFitOptions()) }
    #expect(error?.code == .impossibleFitOptions)
  }

  @Test func `rare classes are found more often when classes are balanced`() throws {
    var problem = HeadCase(labels: 2, rows: 200)
    let rows = problem.training.labels.indices.filter {
      problem.training.labels[$0] == 0 || $0 < 12
    }
    problem.training = LabelledFeatures(
      featureCount: 12,
      features: rows.flatMap { problem.training.features[$0 * 12..<($0 + 1) * 12] },
      labels: rows.map { problem.training.labels[$0] })
    let recalls = try [false, true].map { balances in
      let result = try problem.run(
        HeadFitOptions(weightDecay: 1e-2, balancesClasses: balances), validates: false)
      let logits = try HeadNetwork(head: problem.head, tensors: result.tensors)
        .logits(problem.validation.features, count: problem.validation.count)
      return ClassificationMetrics(
        logits: logits, labels: problem.validation.labels, labelCount: 2
      ).perClass[1].recall
    }
    #expect(recalls[1] > recalls[0])
  }
}
