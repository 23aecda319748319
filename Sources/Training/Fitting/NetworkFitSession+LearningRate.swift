import Diagnostics
import Networks

extension NetworkFitSession {
  /// Settles the learning rate before the first step: the one that was given, or one that a search
  /// finds whose steps are undone afterwards.
  func chooseLearningRate(_ stage: NetworkStage) throws {
    var rate = fit.options.learningRate
    if fit.options.findsLearningRate {
      let result = try search(stage)
      state.search = result
      rate = result.suggestion ?? rate
    }
    state.learningRate = rate
    if case .plateau(let factor, let patience) = fit.options.schedule {
      state.plateau = ReduceOnPlateau(learningRate: rate, factor: factor, patience: patience)
    }
  }

  private func search(_ stage: NetworkStage) throws -> LearningRateFinder.Result {
    let (parameters, buffers) = (weights.parameters.values, weights.buffers.values)
    let (counters, former, formerSums) = (weights.counters, optimizer, state.sums)
    defer {
      weights.parameters.set(parameters)
      weights.buffers.set(buffers)
      weights.counters = counters
      optimizer = former
      state.sums = formerSums
    }
    let finder = LearningRateFinder()
    var batches: [[Int]] = []
    var step = 0
    return try finder.run { rate in
      if isCancelled() { throw FitInterruption() }
      if batches.isEmpty { batches = drawBatches(1).reversed() }
      state.sums = NetworkFitState.Sums()
      gradient.clear()
      try addGradient(of: batches.removeLast(), stage, epoch: 1, number: step, meanOver: nil)
      clipGradient(stage)
      move(learningRate: rate, momentum: nil)
      step += 1
      progress.progress(
        ProgressUpdate(
          "Searching a learning rate", completed: step, total: finder.steps, unit: "steps"))
      return state.sums.crossEntropy / max(state.sums.weight, 1e-12)
    }
  }
}
