import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct NetworkFitTests {
  private let options = NetworkFitOptions(
    epochs: 3, batchSize: 5, learningRate: 1e-2, schedule: .oneCycle(), seed: 3)

  @Test func `a network learns to tell pictures apart`() throws {
    var options = options
    (options.epochs, options.batchSize) = (60, 8)
    let recorder = RecordedMetrics()
    let result = try NetworkCase().fit(options).run(recorder: recorder)
    let losses = recorder.series("train_loss")
    #expect(losses.count == 60)
    #expect(losses[59] < losses[0] / 2)
    #expect(recorder.series("train_accuracy")[59] > 0.9)
    #expect(result.epochs == 60 && result.stop == .finished)
    let best = try #require(recorder.series("validation_loss").min())
    #expect(result.metrics["validation_loss"] == best)
    #expect(
      recorder.series("validation_loss")[result.bestEpoch - 1] == best,
      "the weights with the best validation loss are kept")
    #expect(recorder.series("learning_rate").max()! <= 1e-2)
  }

  @Test func `the same inputs give the same bits, another seed others`() throws {
    let network = NetworkCase(dropout: 0.3)
    let first = try network.fit(options).run()
    #expect(try network.fit(options).run().digests == first.digests)
    var other = options
    other.seed = 4
    #expect(try network.fit(other).run().digests != first.digests)
  }

  private static let everything = NetworkFitOptions(
    optimizer: .sgd, epochs: 3, batchSize: 4, accumulation: 2, learningRate: 1e-2,
    schedule: .plateau(factor: 0.5, patience: 0), layerDecay: 0.8, labelSmoothing: 0.1,
    balancesClasses: true, balancesSampling: true, mixup: 0.4, averageDecay: 0.9,
    augmentation: .light, findsLearningRate: true, seed: 5)

  @Test(arguments: [1, 2, 4, 7, 9])
  func `stopped at any step and resumed, a fit ends with the same bits`(steps: Int) throws {
    let network = NetworkCase(dropout: 0.2)
    for var options in [options, Self.everything] {
      if options.optimizer == .adamw {
        options.unfreezing = try UnfreezeStages(
          arguments: ["stage1*@1", "stage2*@2"], network: network.network, subject: "case",
          epochs: 3)
      } else {
        // The search asks a hundred times before the first step.
        options.findsLearningRate = steps == 9
      }
      let whole = RecordedMetrics()
      let expected = try network.fit(options).run(recorder: whole)
      let parts = RecordedMetrics()
      let stopped = try network.fit(options).run(stoppingAfter: steps, recorder: parts)
      #expect(stopped.stop == .cancelled)
      let checkpoint = try #require(stopped.checkpoint)
      let resumed = try network.fit(options, resuming: checkpoint).run(recorder: parts)
      #expect(resumed.digests == expected.digests)
      #expect(resumed.metrics == expected.metrics)
      #expect(resumed.bestEpoch == expected.bestEpoch)
      for key in ["train_loss", "validation_loss", "learning_rate", "gradient_norm"] {
        #expect(parts.series(key) == whole.series(key))
      }
    }
  }

  @Test func `a checkpoint of other options or other images is refused`() throws {
    let network = NetworkCase()
    let stopped = try network.fit(options).run(stoppingAfter: 2)
    let checkpoint = try #require(stopped.checkpoint)
    var other = options
    other.learningRate = 1e-3
    for fit in [
      try network.fit(other, resuming: checkpoint),
      try network.fit(options, training: 1..<7, resuming: checkpoint),
      try network.fit(options, resuming: FitCheckpoint(tensors: StateDict(), state: "{}")),
    ] {
      let error = #expect(throws: RegistryError.self) { _ = try fit.run() }
      #expect(error?.code == .unfitCheckpoint)
    }
  }

  @Test func `frozen layers keep every bit, running statistics included, and run once per image`()
    throws
  {
    let network = NetworkCase()
    var plan = FreezePlan.allTrainable(of: network.network)
    plan.setFrozen(true) { $0.hasPrefix("stage1") }
    let store = CountingStore()
    let result = try network.fit(options, plan: plan, store: store).run()
    #expect(result.tensors.names.allSatisfy { !$0.hasPrefix("stage1") })
    #expect(result.tensors.names.contains("stage2.bn.running_mean"))
    // 16 training and 6 validation pictures, three epochs each.
    #expect(store.count == 22)
    #expect(result.inputs == FitResult.Inputs(hits: 44, misses: 22))
    let counter = try #require(result.tensors["stage2.bn.num_batches_tracked"]?.integer)
    #expect(counter == Int64(result.bestEpoch * 4), "sixteen pictures are four batches")
  }

  @Test func `a layer that waits for its epoch is not touched before`() throws {
    let network = NetworkCase()
    var options = options
    options.unfreezing = try UnfreezeStages(
      arguments: ["stage1*@2"], network: network.network, subject: "case", epochs: 3)
    func stage1(stoppingAfter steps: Int) throws -> (isFirst: Bool, mean: Float) {
      let result = try network.fit(options).run(stoppingAfter: steps)
      let parameters = try #require(result.checkpoint?.tensors["parameters"]).floats()
      let buffers = try #require(result.checkpoint?.tensors["buffers"]).floats()
      let first = try #require(network.tensors["stage1.conv.weight"]).floats()
      return (Array(parameters[..<first.count]) == first, buffers[0])
    }
    // An epoch asks before each of its four steps and before the validation batch.
    let before = try stage1(stoppingAfter: 10)
    #expect(before.isFirst && before.mean == 0)
    let after = try stage1(stoppingAfter: 11)
    #expect(!after.isFirst && after.mean != 0)
  }

  @Test func `batches whose gradients are summed step as one batch of all their images`() throws {
    let network = NetworkCase(hasNorm: false)
    var whole = options
    (whole.optimizer, whole.batchSize, whole.maximumGradientNorm) = (.sgd, 16, nil)
    var summed = whole
    (summed.batchSize, summed.accumulation) = (4, 4)
    let (one, other) = (try network.fit(whole).run(), try network.fit(summed).run())
    for (name, tensor) in one.tensors.entries {
      let (first, second) = (tensor.floats(), try #require(other.tensors[name]).floats())
      for (a, b) in zip(first, second) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func `the learning rate that is searched for trains, and the search leaves no trace`()
    throws
  {
    let network = NetworkCase()
    var options = options
    options.findsLearningRate = true
    options.epochs = 1
    let found = try network.fit(options).run()
    let search = try #require(found.search)
    let rate = try #require(search.suggestion)
    #expect(search.curve.count > 10 && rate > 1e-6 && rate < 1)
    options.findsLearningRate = false
    options.learningRate = rate
    #expect(try network.fit(options).run().digests == found.digests)
  }

  @Test func `a fit stops when the validation loss has not become better for so long`() throws {
    var options = options
    (options.epochs, options.patience, options.learningRate) = (50, 2, 0.5)
    options.schedule = .constant
    let result = try NetworkCase().fit(options).run()
    #expect(result.stop == .earlyStopped)
    #expect(result.epochs == result.bestEpoch + 2)
  }

  @Test func `cached views run through the frozen layers once each`() throws {
    let network = NetworkCase()
    let plan = FreezePlan.backboneFrozen(of: network.network)
    var options = options
    (options.epochs, options.augmentation, options.viewCount) = (4, .light, 2)
    let store = CountingStore()
    let result = try network.fit(options, plan: plan, store: store).run()
    // Two views of 16 training pictures, and 6 validation pictures as they are.
    #expect(store.count == 38)
    #expect(result.inputs == FitResult.Inputs(hits: 4 * 22 - 38, misses: 38))
    options.viewCount = nil
    let fresh = CountingStore()
    _ = try network.fit(options, plan: plan, store: fresh).run()
    #expect(fresh.count == 6, "a view that is never seen again is not kept")
  }

  @Test func `a network without labels to tell apart, or without a trainable layer, is refused`()
    throws
  {
    let network = NetworkCase()
    var frozen = FreezePlan.allTrainable(of: network.network)
    frozen.setFrozen(true) { _ in true }
    let nothing = #expect(throws: RegistryError.self) {
      _ = try network.fit(options, plan: frozen)
    }
    #expect(nothing?.code == .nothingToTrain)
    let empty = #expect(throws: RegistryError.self) {
      _ = try network.fit(options, training: 1..<1)
    }
    #expect(empty?.code == .noTrainingImages)
  }
}
