package import Diagnostics
package import Networks
package import Tensors

/// Layers compiled for training: a forward pass that keeps what the backward pass needs, and the
/// gradients of what trains.
///
/// Parameters and running statistics belong to the caller, as flat vectors: a step reads the ones and
/// changes the others. One program for each number of images is compiled when it is first used and
/// kept; nothing is allocated in a step after that. The work is done on ``ComputeThread`` by one
/// caller at a time, and OpenMP shares the whole batch among the threads. The same inputs give the
/// same bits, for the same number of threads.
package final class TrainingNetwork: Sendable {
  /// Where a tensor stands in a flat vector.
  package struct Slot: Sendable, Hashable {
    /// Its name in the state dict.
    package let name: String
    /// The layer that owns it.
    package let layer: String
    package let shape: Shape
    /// Its elements, row by row as PyTorch has them.
    package let range: Range<Int>

    package init(name: String, layer: String, shape: Shape, range: Range<Int>) {
      self.name = name
      self.layer = layer
      self.shape = shape
      self.range = range
    }
  }

  /// What gradients reach: weights and biases of trainable layers, in the network's order, one
  /// behind the other.
  package let parameters: [Slot]
  /// The number of elements of all ``parameters``.
  package let parameterCount: Int
  /// Running mean and variance of trainable batch norms, in the network's order, one behind the
  /// other.
  package let buffers: [Slot]
  /// The number of elements of all ``buffers``.
  package let bufferCount: Int
  /// The shape of the input for one image.
  package let inputShape: Shape
  /// The shape of what the loss reads for one image, for example `[labels]`.
  package let outputShape: Shape
  /// The most images that one step takes.
  package let maximumBatchSize: Int
  /// What oneDNN chose for each step of the largest batch, in the order of execution.
  package let kernels: [KernelChoice]
  private let executor: ComputeThreadConfined<TrainingExecutor>

  /// Compiles layers for the largest batch.
  ///
  /// - Parameters:
  ///   - layers: In order. The last one's output is what the loss reads.
  ///   - inputLayer: The name by which the first layers read the input: for a suffix of a network
  ///     the last layer before it.
  ///   - input: The input's shape for one image: `[C, H, W]`, `[T, F]` or `[F]`.
  ///   - tensors: What the layers own, by its names in the state dict; others may be among them.
  ///   - trainable: The names of the layers whose tensors change. The others' tensors, the running
  ///     statistics of batch norms included, stay and are used as in evaluation; gradients pass
  ///     through them. Dropout and stochastic depth are active.
  ///   - maximumBatchSize: The most images that one step takes.
  ///   - threads: How many threads share a step; by default as many as there are cores.
  /// - Throws: `malformed_network`, `wrong_architecture`, or `engine_failed` and
  ///   `engine_unavailable` with the layer.
  package init(
    layers: [Layer], inputLayer: String = Network.inputName, input: Shape, tensors: StateDict,
    trainable: Set<String>, maximumBatchSize: Int, threads: Int? = nil
  ) throws(RegistryError) {
    precondition(maximumBatchSize > 0, "a batch has at least one image")
    let threads = threads ?? ComputeThread.availableCores
    precondition(threads > 0, "somebody has to compute")
    let graph = try TrainingGraph(
      layers: layers, inputLayer: inputLayer, input: input, trainable: trainable)
    let places = TrainingTensors(layers: layers, trainable: trainable)
    executor = try ComputeThreadConfined(threads: threads) { () throws(RegistryError) in
      try TrainingExecutor(
        graph: graph, tensors: places,
        constants: try places.storedConstants(of: layers, from: tensors),
        maximumBatchSize: maximumBatchSize, threads: threads)
    }
    kernels = executor.withValue { $0.largest.kernels }
    parameters = places.parameters
    parameterCount = places.parameters.last?.range.upperBound ?? 0
    buffers = places.buffers
    bufferCount = places.buffers.last?.range.upperBound ?? 0
    inputShape = input
    outputShape = graph.shapes[graph.output]
    self.maximumBatchSize = maximumBatchSize
  }

  /// Refuses a step that needs more memory than there is, without taking any.
  ///
  /// Compiling the same layers afterwards costs little: oneDNN keeps the kernels that it made.
  ///
  /// - Parameters:
  ///   - layers: In order.
  ///   - input: The input's shape for one image.
  ///   - trainable: The names of the layers whose tensors change.
  ///   - maximumBatchSize: The most images that one step takes.
  ///   - threads: How many threads share a step.
  ///   - otherBytes: The memory that the caller is about to take besides, however many images there
  ///     are.
  ///   - available: The bytes that may be taken; `nil` refuses nothing.
  /// - Throws: `batch_too_large` with the number of images that would fit; `malformed_network`,
  ///   `engine_failed`, `engine_unavailable`.
  package static func checkMemory(
    layers: [Layer], input: Shape, trainable: Set<String>, maximumBatchSize: Int, threads: Int,
    otherBytes: Int, available: Int? = AvailableMemory.byteCount()
  ) throws(RegistryError) {
    let graph = try TrainingGraph(
      layers: layers, inputLayer: Network.inputName, input: input, trainable: trainable)
    let places = TrainingTensors(layers: layers, trainable: trainable)
    let arena = try ComputeThread.shared.run(threads: threads) { () throws(RegistryError) in
      try TrainingCompiler.arenaByteCount(
        graph: graph, tensors: places, images: maximumBatchSize, threads: threads)
    }
    try AvailableMemory.check(
      images: maximumBatchSize,
      // The batch itself grows with the number of images as well.
      arena: arena + maximumBatchSize * input.elementCount * MemoryLayout<Float>.stride,
      fixed: otherBytes, available: available)
  }

  /// One forward and backward pass.
  ///
  /// - Parameters:
  ///   - input: `[count]` and ``inputShape``, row by row.
  ///   - count: How many images there are, from one to ``maximumBatchSize``.
  ///   - parameters: The values of ``parameters``.
  ///   - buffers: The values of ``buffers``. Running statistics are updated as PyTorch does: with
  ///     the unbiased variance, and each batch norm's momentum as the weight of the batch.
  ///   - seed: Decides the masks of dropout and stochastic depth; the same seed gives the same.
  ///   - gradients: Gets the gradients, laid out as `parameters`.
  ///   - loss: Is called once, on the compute thread, with the result `[count]` and ``outputShape``,
  ///     and writes the gradient of the loss by it, of the same size.
  /// - Precondition: the buffers have at least that many elements.
  /// - Throws: `engine_failed` with the layer; `engine_unavailable` when a batch of a new size is
  ///   compiled.
  package func step(
    input: UnsafeBufferPointer<Float>, count: Int, parameters: UnsafeBufferPointer<Float>,
    buffers: UnsafeMutableBufferPointer<Float>, seed: UInt64,
    gradients: UnsafeMutableBufferPointer<Float>,
    loss: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws(RegistryError) {
    precondition((1...maximumBatchSize).contains(count), "1 to \(maximumBatchSize) images")
    precondition(input.count >= count * inputShape.elementCount, "the input holds the batch")
    precondition(
      parameters.count >= parameterCount && gradients.count >= parameterCount
        && buffers.count >= bufferCount, "the vectors hold all tensors")
    try executor.withValue { executor throws(RegistryError) in
      try executor.step(
        input: input, count: count, parameters: parameters, buffers: buffers, seed: seed,
        gradients: gradients, loss: loss)
    }
  }
}
