import Diagnostics
import Engine
import Networks
import Tensors

/// The epochs of a fit during which the same layers train: the frozen layers before them, and the
/// others compiled with their gradients.
///
/// Not `Sendable`: one fit owns it.
final class NetworkStage {
  /// The layers that train.
  let trainable: Set<String>
  /// What the trainable part reads for training images.
  let training: NetworkInputs
  /// The same for validation images.
  let validation: NetworkInputs
  /// The layers from the first trainable one on; they read ``Network/inputName``.
  let layers: [Layer]
  private let network: TrainingNetwork
  let threads: Int
  // Where each tensor of this stage stands in the vectors of the whole fit.
  private let parameterPlaces: [(stage: Range<Int>, whole: Range<Int>)]
  private let bufferPlaces: [(stage: Range<Int>, whole: Range<Int>)]
  private let parameters: FloatBuffer
  private let buffers: FloatBuffer
  private let gradients: FloatBuffer

  init(
    _ fit: NetworkFit, plan: FreezePlan, weights: NetworkWeights, maximumBatchSize: Int
  ) throws {
    trainable = Set(plan.trainableLayers)
    threads = fit.threads
    let prefix = plan.frozenPrefix(of: fit.network)
    layers = fit.network.suffix(after: prefix)
    let shapes = try fit.network.outputShapes(input: fit.preprocessing.inputShape)
    let output = prefix.last.flatMap { shapes[$0.name] }
    let store = try output.flatMap { try fit.store(prefix, $0) }
    let frozen = output.map {
      FrozenLayers(
        prefix, output: $0, tensors: fit.tensors, input: fit.preprocessing.inputShape,
        threads: fit.threads)
    }
    func inputs(_ images: LabelledImages, _ augmentation: Augmentation) -> NetworkInputs {
      NetworkInputs(
        sources: images.sources, prefix: frozen, preprocessing: fit.preprocessing,
        augmentation: augmentation,
        viewCount: fit.options.viewCount, seed: fit.options.seed, store: store,
        threads: fit.threads, limits: fit.limits)
    }
    training = inputs(fit.training, fit.options.augmentation)
    validation = inputs(fit.validation, .none)
    network = try TrainingNetwork(
      layers: layers, input: training.shape, tensors: fit.tensors, trainable: trainable,
      maximumBatchSize: maximumBatchSize, threads: fit.threads)
    parameterPlaces = Self.places(of: network.parameters, in: weights.parameterSlots)
    bufferPlaces = Self.places(of: network.buffers, in: weights.bufferSlots)
    parameters = FloatBuffer(count: network.parameterCount)
    buffers = FloatBuffer(count: network.bufferCount)
    gradients = FloatBuffer(count: network.parameterCount)
  }

  private static func places(
    of slots: [TrainingNetwork.Slot], in whole: [TrainingNetwork.Slot]
  ) -> [(stage: Range<Int>, whole: Range<Int>)] {
    let ranges = Dictionary(whole.map { ($0.name, $0.range) }) { first, _ in first }
    return slots.map { slot in
      guard let range = ranges[slot.name] else {
        preconditionFailure("\(slot.name) trains in a stage and not in the whole fit")
      }
      return (slot.range, range)
    }
  }

  /// A forward and a backward pass.
  ///
  /// - Parameters:
  ///   - input: `[count]` and the shape of ``training``.
  ///   - count: How many images there are.
  ///   - weights: Read; their running statistics are moved.
  ///   - seed: Decides what dropout and stochastic depth leave out.
  ///   - gradient: The gradients of the whole fit, to which those of this pass are added.
  ///   - loss: Turns logits into their gradient.
  /// - Throws: `engine_failed` with the layer.
  func pass(
    _ input: UnsafeBufferPointer<Float>, count: Int, weights: NetworkWeights, seed: UInt64,
    addingTo gradient: FloatBuffer,
    loss: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws {
    for place in parameterPlaces {
      (parameters.base + place.stage.lowerBound).update(
        from: weights.parameters.base + place.whole.lowerBound, count: place.stage.count)
    }
    for place in bufferPlaces {
      (buffers.base + place.stage.lowerBound).update(
        from: weights.buffers.base + place.whole.lowerBound, count: place.stage.count)
    }
    try network.step(
      input: input, count: count,
      parameters: UnsafeBufferPointer(start: parameters.base, count: parameters.count),
      buffers: UnsafeMutableBufferPointer(start: buffers.base, count: buffers.count), seed: seed,
      gradients: UnsafeMutableBufferPointer(start: gradients.base, count: gradients.count),
      loss: loss)
    for place in parameterPlaces {
      let (source, target) = (
        gradients.base + place.stage.lowerBound, gradient.base + place.whole.lowerBound
      )
      for index in 0..<place.stage.count { target[index] += source[index] }
    }
    for place in bufferPlaces {
      (weights.buffers.base + place.whole.lowerBound).update(
        from: buffers.base + place.stage.lowerBound, count: place.stage.count)
    }
    for (index, name) in weights.counterNames.enumerated()
    where trainable.contains(Layer.name(ofTensor: name)) {
      weights.counters[index] += 1
    }
  }

  /// The logits `[N, labels]` of the validation images, as evaluation computes them.
  func validationLogits(_ tensors: StateDict, isCancelled: () -> Bool) throws -> [Float] {
    try validationOutputs(of: layers, tensors, isCancelled: isCancelled)
  }

  /// What some of ``layers``, from the first on, give for the validation images.
  func validationOutputs(
    of layers: [Layer], _ tensors: StateDict, isCancelled: () -> Bool
  ) throws -> [Float] {
    let size = FeatureExtractor.batchSize
    let network = try InferenceNetwork(
      layers: layers, input: validation.shape, tensors: tensors, batchSize: size,
      threads: threads)
    let width = network.outputShape.elementCount
    let input = FloatBuffer(count: size * validation.shape.elementCount)
    var logits = [Float](repeating: 0, count: validation.count * width)
    for start in stride(from: 0, to: validation.count, by: size) {
      if isCancelled() { throw FitInterruption() }
      let indices = Array(start..<min(start + size, validation.count))
      try validation.load(
        indices, epoch: 1,
        into: UnsafeMutableBufferPointer(start: input.base, count: input.count))
      try logits.withUnsafeMutableBufferPointer { logits in
        try network.run(
          UnsafeBufferPointer(start: input.base, count: input.count), count: indices.count,
          into: UnsafeMutableBufferPointer(rebasing: logits[(start * width)...]))
      }
    }
    return logits
  }
}
