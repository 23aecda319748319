import Diagnostics
import Engine
import Networks
import Tensors

/// Looks for the layer where numbers stopped being finite, once a loss is known not to be.
enum NonFiniteLayer {
  /// The first layer whose output is not finite; the last layer if all outputs are.
  ///
  /// Each layer's output is computed by the layers up to it alone. What is not finite in one is not
  /// finite behind it on some path to the loss, so that halving the range finds it.
  ///
  /// - Parameters:
  ///   - layers: At least one, in order.
  ///   - isFinite: Whether all numbers that come out of the last of some leading layers are finite.
  /// - Returns: The layer's name.
  /// - Throws: What `isFinite` throws.
  static func first(
    of layers: [Layer], isFinite: (_ leading: [Layer]) throws -> Bool
  ) rethrows -> String {
    var (low, high) = (0, layers.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if try isFinite(Array(layers[...middle])) { low = middle + 1 } else { high = middle }
    }
    return layers[low].name
  }

  /// The first of some parts of a vector that holds a number which is not finite.
  static func first(
    in values: FloatBuffer, _ slots: some Sequence<TrainingNetwork.Slot>
  ) -> String? {
    slots.first { slot in !values.isFinite(in: slot.range) }?.layer
  }
}

extension FloatBuffer {
  /// Whether the numbers of a range are neither infinite nor none.
  func isFinite(in range: Range<Int>) -> Bool {
    UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
      .allSatisfy { $0.isFinite }
  }
}

extension NetworkStage {
  /// The layer where a training pass over these images stops being finite.
  ///
  /// - Parameters:
  ///   - input: `[count]` and the shape of ``training``.
  ///   - count: How many images there are.
  ///   - tensors: Those of the whole network. The running statistics do not matter: where they are
  ///     not frozen, a training pass does not read them.
  ///   - seed: That of the pass.
  /// - Returns: The layer's name.
  /// - Throws: What the engine reports.
  func nonFiniteLayer(
    input: UnsafeBufferPointer<Float>, count: Int, tensors: StateDict, seed: UInt64
  ) throws -> String {
    try NonFiniteLayer.first(of: layers) { leading in
      let names = trainable.intersection(leading.map(\.name))
      let network = try TrainingNetwork(
        layers: leading, input: training.shape, tensors: tensors, trainable: names,
        maximumBatchSize: count, threads: threads)
      func values(_ slots: [TrainingNetwork.Slot]) -> FloatBuffer {
        FloatBuffer(slots.flatMap { tensors[$0.name]?.floats() ?? [] })
      }
      let (parameters, buffers) = (values(network.parameters), values(network.buffers))
      let gradients = FloatBuffer(count: network.parameterCount)
      var isFinite = true
      try network.step(
        input: input, count: count,
        parameters: UnsafeBufferPointer(start: parameters.base, count: parameters.count),
        buffers: UnsafeMutableBufferPointer(start: buffers.base, count: buffers.count), seed: seed,
        gradients: UnsafeMutableBufferPointer(start: gradients.base, count: gradients.count)
      ) { output, gradient in
        isFinite = output.allSatisfy { $0.isFinite }
        gradient.update(repeating: 0)
      }
      return isFinite
    }
  }

  /// The layer where evaluation of the first validation images stops being finite.
  func nonFiniteLayerOfValidation(_ tensors: StateDict) throws -> String {
    try NonFiniteLayer.first(of: layers) { leading in
      let values = try validationOutputs(of: leading, tensors, isCancelled: { false })
      return values.allSatisfy { $0.isFinite }
    }
  }
}

extension NetworkFitSession {
  /// Why training cannot go on, from the layer that is to blame.
  private func diverged(_ what: String, layer: String, in moment: String) -> RegistryError {
    RegistryError(
      .trainingDiverged,
      "\(moment), with a learning rate of \(Float(learningRate)), \(what) \(layer).",
      place: Place(layer: layer),
      remedy: "Lower the learning rate, or let --learning-rate auto choose it; --clip-norm bounds "
        + "steps.")
  }

  private var step: String { "In step \(state.steps + 1), epoch \(state.epoch + 1)" }

  /// The loss of the pass that just ran over `count` images with that seed is not finite.
  func divergedLoss(count: Int, seed: UInt64, _ stage: NetworkStage) throws -> RegistryError {
    let what = "the loss is not a finite number; the first layer that gives none is"
    if let layer = NonFiniteLayer.first(in: weights.parameters, weights.parameterSlots) {
      return diverged(what, layer: layer, in: step)
    }
    var tensors = fit.tensors
    for (name, tensor) in weights.tensors().entries { tensors[name] = tensor }
    let layer = try stage.nonFiniteLayer(
      input: batchInput, count: count, tensors: tensors, seed: seed)
    return diverged(what, layer: layer, in: step)
  }

  /// The gradient of the step that was about to be taken is not finite.
  func divergedGradient() -> RegistryError {
    // Gradients go backwards: the last layer is the first that was reached.
    let layer = NonFiniteLayer.first(in: gradient, weights.parameterSlots.reversed())
    return diverged(
      "the gradient is not finite; the first layer that gets none is", layer: layer ?? "", in: step)
  }

  /// The validation loss after an epoch is not finite.
  func divergedValidation(_ tensors: StateDict, _ stage: NetworkStage) throws -> RegistryError {
    diverged(
      "the validation loss is not a finite number; the first layer that gives none is",
      layer: try stage.nonFiniteLayerOfValidation(tensors),
      in: "After step \(state.steps), epoch \(state.epoch + 1)")
  }
}
