import Diagnostics
import Engine
import Networks
import Tensors

/// The frozen layers before the first trainable one, compiled when somebody needs what no store has.
///
/// Not `Sendable`: one fit owns it.
final class FrozenLayers {
  /// The shape of the output for one image.
  let shape: Shape
  private let compile: () throws -> InferenceNetwork
  private var compiled: InferenceNetwork?

  /// - Parameters:
  ///   - layers: Leading layers of a network; at least one.
  ///   - output: The shape of the last one's output for one image.
  ///   - tensors: What they own.
  ///   - input: The shape of one image, `[3, H, W]`.
  ///   - threads: How many threads compute.
  init(_ layers: [Layer], output: Shape, tensors: StateDict, input: Shape, threads: Int) {
    shape = output
    compile = {
      try InferenceNetwork(
        layers: layers, input: input, tensors: tensors, batchSize: FeatureExtractor.batchSize,
        threads: threads)
    }
  }

  /// The layers, ready to compute ``FeatureExtractor/batchSize`` images at once.
  ///
  /// - Throws: `malformed_network` and what the engine reports.
  func network() throws -> InferenceNetwork {
    if let compiled { return compiled }
    let network = try compile()
    compiled = network
    return network
  }
}
