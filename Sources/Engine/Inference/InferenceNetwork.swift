package import Diagnostics
package import Networks
package import Tensors

/// Layers compiled for inference.
///
/// Batch norms are folded into convolutions, activations and shortcuts are fused into them, weights
/// are brought into oneDNN's order once, and one arena for each thread is planned from the lifetimes
/// of the values in it.
///
/// It may be used from any thread, by one at a time: the work is done on ``ComputeThread``.
package final class InferenceNetwork: Sendable {
  /// The shape of what comes out for one image, without the batch, for example `[1280]`.
  package let outputShape: Shape
  /// The shape of one image, `[3, H, W]`.
  package let inputShape: Shape
  /// The most images that one ``run(_:count:into:)`` takes.
  package let batchSize: Int
  /// What oneDNN chose for each layer, in the order of execution.
  package let kernels: [KernelChoice]
  private let executor: ComputeThreadConfined<InferenceExecutor>

  /// Compiles layers.
  ///
  /// - Parameters:
  ///   - layers: In order; the first reads ``Network/inputName``. The last one's output is the
  ///     result.
  ///   - input: The shape of one image, `[3, H, W]`.
  ///   - tensors: What the layers own, by its names in the state dict; others may be among them.
  ///   - batchSize: The most images that one run takes.
  ///   - threads: How many threads compute images at the same time; by default as many as there
  ///     are cores.
  /// - Throws: `malformed_network`, `wrong_architecture`, or `engine_failed` and
  ///   `engine_unavailable` with the layer.
  package init(
    layers: [Layer], input: Shape, tensors: StateDict, batchSize: Int, threads: Int? = nil
  ) throws(RegistryError) {
    precondition(batchSize > 0, "a batch has at least one image")
    let threads = threads ?? ComputeThread.availableCores
    precondition(threads > 0, "somebody has to compute")
    executor = try ComputeThreadConfined { () throws(RegistryError) in
      try InferenceExecutor(
        layers: layers, input: input, tensors: tensors, batchSize: batchSize, threads: threads)
    }
    (outputShape, kernels) = executor.withValue { ($0.program.outputShape, $0.program.kernels) }
    inputShape = input
    self.batchSize = batchSize
  }

  /// Computes images and waits for the result.
  ///
  /// - Parameters:
  ///   - input: `[count, 3, H, W]`, row by row.
  ///   - count: How many images there are, at most ``batchSize``.
  ///   - output: `[count]` and ``outputShape``, row by row.
  /// - Precondition: the buffers have at least that many elements.
  /// - Throws: `engine_failed` with the layer.
  package func run(
    _ input: UnsafeBufferPointer<Float>, count: Int, into output: UnsafeMutableBufferPointer<Float>
  ) throws(RegistryError) {
    precondition((0...batchSize).contains(count), "at most \(batchSize) images")
    precondition(
      input.count >= count * inputShape.elementCount
        && output.count >= count * outputShape.elementCount, "the buffers hold the batch")
    guard count > 0, let source = input.baseAddress, let destination = output.baseAddress else {
      return
    }
    try executor.withValue { executor throws(RegistryError) in
      try executor.run(source, count: count, into: destination)
    }
  }
}
