import Networks
import Tensors

/// AdamW on random batches of the training rows.
final class AdamWOptimization: HeadOptimization {
  private let passes: HeadPasses
  private let data: LabelledFeatures
  private let scaling: FeatureScaling
  private let options: HeadFitOptions
  private let adamw: AdamW
  private let gradient: FloatBuffer
  private let working: FloatBuffer
  /// The state at the end of the last epoch, to go back to when one is broken off.
  private let saved: (parameters: FloatBuffer, first: FloatBuffer, second: FloatBuffer)
  private var savedSteps = 0

  init(
    passes: HeadPasses, data: LabelledFeatures, scaling: FeatureScaling, parameters: [Float],
    options: HeadFitOptions
  ) {
    self.passes = passes
    self.data = data
    self.scaling = scaling
    self.options = options
    let count = parameters.count
    working = FloatBuffer(parameters)
    gradient = FloatBuffer(count: count)
    adamw = AdamW(
      count: count,
      decaying: passes.plan.parameters.entries.filter(\.decays).map(\.range),
      settings: AdamW.Settings(weightDecay: options.weightDecay ?? HeadFitOptions.decay))
    saved = (FloatBuffer(parameters), FloatBuffer(count: count), FloatBuffer(count: count))
  }

  var parameters: FloatBuffer { working }

  private var batchSize: Int { min(max(options.batchSize, 1), data.count) }

  func runEpoch(_ epoch: Int, isCancelled: () -> Bool) throws -> EpochReport {
    do {
      let report = try runBatches(epoch, isCancelled: isCancelled)
      saved.parameters.set(working)
      saved.first.set(adamw.firstMoment)
      saved.second.set(adamw.secondMoment)
      savedSteps = adamw.steps
      return report
    } catch {
      working.set(saved.parameters)
      adamw.firstMoment.set(saved.first)
      adamw.secondMoment.set(saved.second)
      adamw.steps = savedSteps
      throw error
    }
  }

  private func runBatches(_ epoch: Int, isCancelled: () -> Bool) throws -> EpochReport {
    // A stream for each epoch: going on after an epoch needs no state of a generator.
    var shuffling = RandomGenerator(seed: options.seed, stream: UInt64(epoch) << 1)
    var dropping: RandomGenerator? =
      passes.plan.hasDropout
      ? RandomGenerator(seed: options.seed, stream: UInt64(epoch) << 1 | 1) : nil
    var order = Array(0..<data.count)
    shuffling.shuffle(&order)
    let stepsPerEpoch = (data.count + batchSize - 1) / batchSize
    var objective = 0.0
    var rate = options.learningRate
    for start in stride(from: 0, to: data.count, by: batchSize) {
      rate = options.schedule.rate(
        base: options.learningRate, step: adamw.steps, of: stepsPerEpoch * options.epochs)
      gradient.clear()
      let sums = try passes.addGradient(
        of: data, order: order[start..<min(start + batchSize, data.count)], scaling: scaling,
        parameters: working.base, generator: &dropping, to: gradient.base,
        isCancelled: isCancelled)
      objective += sums.objective
      guard objective.isFinite else {
        return EpochReport(
          training: LossSums(), learningRate: rate, objective: objective, steps: adamw.steps + 1)
      }
      adamw.step(working.base, gradient: gradient.base, rate: rate)
    }
    let training = try passes.evaluate(
      data, scaling: scaling, parameters: working.base, isCancelled: isCancelled)
    return EpochReport(
      training: training, learningRate: rate, objective: objective, steps: adamw.steps)
  }

  func reasonToStop(after epoch: Int, bestEpoch: Int?) -> FitResult.Stop? {
    if let bestEpoch, epoch - bestEpoch >= options.patience { return .earlyStopped }
    return epoch >= options.epochs ? .finished : nil
  }

  func save(to tensors: inout StateDict, _ state: inout HeadFitState.OptimizerState) {
    state.steps = adamw.steps
    let layout = passes.plan.parameters
    tensors.add(layout.stateDict(of: adamw.firstMoment.values, prefix: "optimizer.exp_avg."))
    tensors.add(layout.stateDict(of: adamw.secondMoment.values, prefix: "optimizer.exp_avg_sq."))
  }

  func restore(from tensors: StateDict, _ state: HeadFitState.OptimizerState) throws {
    let layout = passes.plan.parameters
    adamw.steps = state.steps
    adamw.firstMoment.set(try layout.values(of: tensors, prefix: "optimizer.exp_avg."))
    adamw.secondMoment.set(try layout.values(of: tensors, prefix: "optimizer.exp_avg_sq."))
    savedSteps = adamw.steps
    saved.parameters.set(working)
    saved.first.set(adamw.firstMoment)
    saved.second.set(adamw.secondMoment)
  }
}
