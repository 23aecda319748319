package import Diagnostics
package import Networks
private import SwiftProtobuf
package import Tensors

/// A network as an ONNX model, in memory.
///
/// The graph has the operators of operator set 17 and its tensors keep their names of the state dict.
/// The first extent of what it reads and of what it writes is `batch`, any number.
package struct ONNXModel {
  /// What goes into the file beside the network itself.
  package struct Options: Sendable {
    /// Whether outputs are probabilities rather than logits.
    package var appliesActivation = false
    /// What is put before the network; without it the network reads normalized pixels.
    package var preprocessing: Preprocessing?
    /// The texts beside the graph.
    package var metadata: [String: String] = [:]
    /// The version of the program that writes.
    package var programVersion = ""

    package init() {}
  }

  /// The operator set.
  static let operatorSet: Int64 = 17
  /// The version of the format that came with it.
  private static let formatVersion: Int64 = 8
  /// Protocol buffers end at 2 GiB.
  private static let maximumByteCount = Int(Int32.max)

  private let model: Onnx_ModelProto

  /// - Parameters:
  ///   - network: the network.
  ///   - stateDict: its tensors.
  ///   - input: the shape of one picture, `[3, H, W]`.
  ///   - options: what goes into the file beside them.
  /// - Throws: `malformed_network` when shapes contradict each other, `output_too_large` beyond 2 GiB.
  package init(
    _ network: Network, _ stateDict: StateDict, input: Shape, options: Options
  ) throws(RegistryError) {
    let byteCount = stateDict.entries.reduce(1 << 20) { $0 + $1.tensor.byteCount }
    guard byteCount < Self.maximumByteCount else {
      throw RegistryError(
        .outputTooLarge, "The model has \(byteCount) bytes; an ONNX file ends at 2 GiB.",
        remedy: "Write it with --format safetensors.")
    }
    var graph = ONNXGraph(input: input, preprocessing: options.preprocessing)
    let shapes = try network.outputShapes(input: input)
    for layer in network.layers { graph.append(layer, stateDict, shapes) }
    let output = network.layers.last?.name ?? Network.inputName
    graph.finish(
      output, labels: shapes[output]?.elementCount ?? 0,
      activation: options.appliesActivation
        ? (network.hasIndependentLabels ? .sigmoid : .softmax) : nil)
    model = Onnx_ModelProto.with {
      $0.irVersion = Self.formatVersion
      $0.producerName = "registry"
      $0.producerVersion = options.programVersion
      $0.opsetImport = [.with { $0.version = Self.operatorSet }]
      $0.metadataProps = options.metadata.sorted { $0.key < $1.key }.map { entry in
        .with {
          $0.key = entry.key
          $0.value = entry.value
        }
      }
      $0.graph = graph.message(named: network.architecture)
    }
  }

  /// The bytes of the file.
  ///
  /// - Throws: What serializing throws.
  package func bytes() throws -> [UInt8] { try model.serializedBytes() }
}
