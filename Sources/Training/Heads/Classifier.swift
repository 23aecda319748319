package import Diagnostics
private import Engine
package import Networks
package import Tensors

/// What turns features into logits, whatever the head is made of: own kernels for a chain of linear
/// layers, the engine for all others.
package struct Classifier: Sendable {
  private enum Way {
    case chain(HeadNetwork)
    case network(InferenceNetwork, featureCount: Int)
  }

  private static let blockRows = 64

  private let way: Way

  /// The head of a network, in evaluation mode.
  ///
  /// - Parameters:
  ///   - network: The network whose head it is.
  ///   - tensors: What its layers own.
  ///   - input: The shape of one image, `[3, H, W]`.
  /// - Throws: `malformed_head` when a tensor of a chain is missing or has another shape,
  ///   `malformed_network` when the layers do not fit together, and what the engine reports.
  package init(of network: Network, tensors: StateDict, input: Shape) throws(RegistryError) {
    if Self.isChain(network.head) {
      way = .chain(try HeadNetwork(head: network.head, tensors: tensors))
    } else {
      let features = try network.outputShapes(input: input)[network.featureLayer] ?? input
      way = .network(
        try InferenceNetwork(
          layers: network.headReadingInput(), input: features, tensors: tensors,
          batchSize: Self.blockRows), featureCount: features.elementCount)
    }
  }

  /// Whether a head is a chain of linear layers, activations and dropouts, which ``HeadFit`` can
  /// fit to features.
  package static func isChain(_ head: [Layer]) -> Bool {
    // The reason why not does not matter to who has another way.
    (try? HeadPlan(head: head)) != nil
  }

  /// The logits of some rows of features.
  ///
  /// - Parameters:
  ///   - features: `[N, F]`, row by row.
  ///   - count: N.
  /// - Returns: `[N, labels]`, row by row.
  /// - Throws: `engine_failed`.
  package func logits(_ features: [Float], count: Int) throws(RegistryError) -> [Float] {
    switch way {
    case .chain(let head): return head.logits(features, count: count)
    case .network(let network, let featureCount):
      let labelCount = network.outputShape.elementCount
      let input = FloatBuffer(features)
      let output = FloatBuffer(count: count * labelCount)
      for start in stride(from: 0, to: count, by: Self.blockRows) {
        try network.run(
          UnsafeBufferPointer(
            start: input.base + start * featureCount, count: (count - start) * featureCount),
          count: min(Self.blockRows, count - start),
          into: UnsafeMutableBufferPointer(
            start: output.base + start * labelCount, count: (count - start) * labelCount))
      }
      return output.values
    }
  }
}
