import Networks
import Tensors

/// L-BFGS on all training rows, with a weight decay that goes down from stage to stage.
///
/// A step is an epoch. A stage ends where its problem is solved, and the next begins there; so the
/// path of solutions from strong to weak decay costs little more than the last one alone
/// (Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear models via
/// coordinate descent", 2010). The validation loss chooses among solutions, and one that is no
/// better than the stronger decay's ends the path. Steps on the way do not count: a few validation
/// images would often choose one of them by chance.
///
/// With a hidden layer or without decay, stopping early is what keeps from overfitting: then
/// every step counts, and a stage ends as well when the validation loss has not become better for
/// some epochs.
final class LBFGSOptimization: HeadOptimization {
  private let passes: HeadPasses
  private let data: LabelledFeatures
  private let scaling: FeatureScaling
  private let options: HeadFitOptions
  private let strengths: [Double]
  private let order: [Int]
  private let lbfgs: LBFGS
  private var stage = 0
  /// The epoch after which the stage began.
  private var stageStart = 0
  private var isStageSolved = false
  /// The loss at the last parameters that were tried, and at those that were taken.
  private var latest = LossSums()
  private var accepted = LossSums()

  init(
    passes: HeadPasses, data: LabelledFeatures, scaling: FeatureScaling, parameters: [Float],
    options: HeadFitOptions, strengths: [Double]
  ) {
    self.passes = passes
    self.data = data
    self.scaling = scaling
    self.options = options
    self.strengths = strengths
    order = Array(0..<data.count)
    lbfgs = LBFGS(parameters: FloatBuffer(parameters))
  }

  var parameters: FloatBuffer { lbfgs.parameters }

  private var everyStepCounts: Bool { passes.plan.hasHiddenLayer || strengths[stage] == 0 }

  private var isLastStage: Bool { stage == strengths.count - 1 }

  func runEpoch(_ epoch: Int, isCancelled: () -> Bool) throws -> EpochReport {
    let strength = strengths[stage]
    // The next stage starts well enough from a rough solution.
    lbfgs.valueTolerance = isLastStage ? 1e-6 : 1e-4
    func objective(
      _ parameters: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
    ) throws -> Double {
      try evaluate(parameters, gradient, strength: strength, isCancelled: isCancelled)
    }
    if lbfgs.value.isNaN {
      try lbfgs.begin(objective)
      accepted = latest
    }
    guard lbfgs.value.isFinite else {
      return EpochReport(training: accepted, learningRate: 0, objective: lbfgs.value, steps: epoch)
    }
    let outcome = try lbfgs.step(objective)
    // The last evaluation of a search is the one that it accepts.
    if outcome.length != nil { accepted = latest }
    isStageSolved = outcome.hasConverged
    return EpochReport(
      training: accepted, learningRate: outcome.length ?? 0,
      mayBeKept: everyStepCounts || isStageSolved || epoch == options.epochs,
      objective: accepted.objective, steps: epoch)
  }

  func reasonToStop(after epoch: Int, bestEpoch: Int?) -> FitResult.Stop? {
    let isStale = bestEpoch.map { epoch - max($0, stageStart) >= options.patience } ?? false
    if isStageSolved || (isStale && everyStepCounts) {
      if let bestEpoch, bestEpoch <= stageStart { return .earlyStopped }
      if isLastStage { return isStageSolved ? .finished : .earlyStopped }
      stage += 1
      stageStart = epoch
      isStageSolved = false
      // The curvature changes little from stage to stage: only the value is another.
      lbfgs.invalidateValue()
    }
    return epoch >= options.epochs ? .finished : nil
  }

  /// The mean loss and the penalty of the weights, with the gradient of both.
  private func evaluate(
    _ parameters: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>,
    strength: Double, isCancelled: () -> Bool
  ) throws -> Double {
    gradient.update(repeating: 0, count: lbfgs.parameters.count)
    var generator: RandomGenerator?
    let sums = try passes.addGradient(
      of: data, order: order[...], scaling: scaling, parameters: parameters,
      generator: &generator, to: gradient, isCancelled: isCancelled)
    latest = sums
    var squares = 0.0
    for entry in passes.plan.parameters.entries where entry.decays {
      let weights = parameters + entry.range.lowerBound
      let share = Double(entry.fanIn)
      squares += share * VectorMath.dot(weights, weights, count: entry.range.count)
      VectorMath.add(
        Float(strength * share), times: weights, to: gradient + entry.range.lowerBound,
        count: entry.range.count)
    }
    return sums.objective / max(sums.weight, .leastNormalMagnitude) + strength / 2 * squares
  }

  func save(to tensors: inout StateDict, _ state: inout HeadFitState.OptimizerState) {
    state.stage = stage
    state.stageStart = stageStart
    state.pairs = lbfgs.history.count
    for (index, pair) in lbfgs.history.enumerated() {
      let layout = passes.plan.parameters
      tensors.add(layout.stateDict(of: pair.step.values, prefix: "optimizer.step.\(index)."))
      tensors.add(layout.stateDict(of: pair.change.values, prefix: "optimizer.change.\(index)."))
    }
  }

  func restore(from tensors: StateDict, _ state: HeadFitState.OptimizerState) throws {
    stage = min(max(state.stage, 0), strengths.count - 1)
    stageStart = state.stageStart
    let layout = passes.plan.parameters
    lbfgs.restore(
      try (0..<max(state.pairs, 0)).map { index in
        (
          FloatBuffer(try layout.values(of: tensors, prefix: "optimizer.step.\(index).")),
          FloatBuffer(try layout.values(of: tensors, prefix: "optimizer.change.\(index)."))
        )
      })
  }
}

extension StateDict {
  /// Adds the tensors of another.
  mutating func add(_ other: StateDict) {
    for (name, tensor) in other.entries { self[name] = tensor }
  }
}
