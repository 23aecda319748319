import Diagnostics
import Networks
import Tensors

extension NetworkFitSession {
  /// What it takes to go on from here: flat vectors of what trains, and the counters.
  func checkpoint() throws -> FitCheckpoint {
    var tensors = StateDict()
    func add(_ name: String, _ values: [Float]) {
      tensors[name] = Tensor(shape: [values.count], values)
    }
    add("parameters", weights.parameters.values)
    add("buffers", weights.buffers.values)
    tensors.add(optimizer.state())
    if let average { tensors.add(average.state()) }
    // Right after the best epoch the best weights are the newest: they are not kept twice.
    if let best, !bestIsNewest {
      add("best.parameters", best.parameters)
      add("best.buffers", best.buffers)
    }
    var state = state
    state.counters = weights.counters
    return FitCheckpoint(tensors: tensors, state: try state.text())
  }

  private var bestIsNewest: Bool { state.bestEpoch == state.epoch && state.batch == 0 }

  /// Goes back to where a checkpoint was made.
  ///
  /// - Throws: `unfit_checkpoint` when it is not of this fit.
  func resume(from checkpoint: FitCheckpoint) throws(RegistryError) {
    do {
      let saved = try NetworkFitState(text: checkpoint.state)
      guard saved.setting == state.setting else { throw unfit() }
      func vector(_ name: String, _ count: Int) throws(RegistryError) -> [Float] {
        guard let tensor = checkpoint.tensors[name], tensor.shape == [count] else { throw unfit() }
        return tensor.floats()
      }
      let (parameterCount, bufferCount) = (weights.parameters.count, weights.buffers.count)
      weights.parameters.set(try vector("parameters", parameterCount))
      weights.buffers.set(try vector("buffers", bufferCount))
      guard saved.counters.count == weights.counters.count else { throw unfit() }
      weights.counters = saved.counters
      try optimizer.restore(from: checkpoint.tensors)
      try average?.restore(from: checkpoint.tensors)
      state = saved
      if checkpoint.tensors["best.parameters"] != nil {
        best = (
          try vector("best.parameters", parameterCount), try vector("best.buffers", bufferCount)
        )
      } else if bestIsNewest, state.bestEpoch > 0 {
        best = newestVectors()
      }
    } catch let error as RegistryError {
      throw error
    } catch {
      throw RegistryError(
        .unfitCheckpoint, "The checkpoint cannot be read.", remedy: "Train anew.", cause: error)
    }
  }

  private func unfit() -> RegistryError {
    RegistryError(
      .unfitCheckpoint, "The checkpoint is of a fit with other options or other images.",
      remedy: "Resume with the options and the dataset version of that run, or train anew.")
  }
}
