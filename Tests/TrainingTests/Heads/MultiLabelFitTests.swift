import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct MultiLabelFitTests {
  private func problem() throws -> (HeadCase, MultiLabelGolden.Fit) {
    let golden = try MultiLabelGolden.read().fit
    var problem = HeadCase(features: 6, labels: 3)
    problem.training = LabelledFeatures(
      featureCount: 6, features: golden.features, targets: .independent(golden.outputs))
    problem.validation = problem.training
    return (problem, golden)
  }

  @Test func `a head of independent labels comes to the minimum that SciPy finds`() throws {
    let (problem, golden) = try problem()
    let result = try problem.run(
      HeadFitOptions(epochs: 500, weightDecay: golden.strength), validates: false)
    let logits = try HeadNetwork(head: problem.head, tensors: result.tensors)
      .logits(golden.features, count: 40)
    #expect(largestError(logits, golden.logits) < 2e-3)
    #expect(result.metrics["train_loss"]! < 0.5)
  }

  @Test func `AdamW lowers the loss of independent labels, and goes on with the same bits`() throws
  {
    let (problem, _) = try problem()
    let options = HeadFitOptions(optimizer: .adamw, epochs: 12, batchSize: 7, learningRate: 0.05)
    let whole = try problem.run(options)
    #expect(whole.metrics["validation_loss"]! < 0.55)
    var epochs = 0
    let stopped = try problem.run(
      options,
      isCancelled: {
        epochs += 1
        return epochs > 60
      })
    #expect(stopped.stop == .cancelled && stopped.epochs < whole.epochs)
    let resumed = try problem.run(options, resuming: stopped.checkpoint)
    #expect(resumed.tensors.bits == whole.tensors.bits)
  }

  @Test func `one independent label is enough, and rows without any are learned from`() throws {
    var problem = HeadCase(features: 12, labels: 1)
    let outputs = (0..<40).map { $0 % 2 == 0 ? [0] : [] }
    let features = (0..<40).flatMap { row in
      (0..<12).map { Float($0 % 3) + (row % 2 == 0 ? 1 : -1) }
    }
    problem.training = LabelledFeatures(
      featureCount: 12, features: features, targets: .independent(outputs))
    problem.validation = problem.training
    #expect(try problem.run(HeadFitOptions()).metrics["validation_accuracy"] == 1)
  }

  @Test func `a network learns independent labels by gradients`() throws {
    let problem = NetworkCase()
    let images = try NetworkCase.images(1..<7)
    // Of each pair the dog has both labels, the wolf has none.
    let targets = LabelTargets.independent((0..<12).map { $0 % 2 == 0 ? [0, 1] : [] })
    let labelled = LabelledImages(sources: images.sources, targets: targets)
    let fit = try NetworkFit(
      network: problem.network, plan: .allTrainable(of: problem.network), tensors: problem.tensors,
      preprocessing: NetworkCase.preprocessing, training: labelled, validation: labelled,
      options: NetworkFitOptions(
        epochs: 25, batchSize: 6, learningRate: 1e-2, balancesClasses: true, mixup: 0.2),
      threads: 1, store: { _, _ in nil })
    let result = try fit.run(
      recorder: RecordedMetrics(), isCancelled: { false }, progress: SilentProgress(),
      checkpoint: { _, _ in })
    #expect(result.metrics["validation_loss"]! < 0.6)
    #expect(result.metrics["validation_accuracy"]! > 0.6)
  }
}
