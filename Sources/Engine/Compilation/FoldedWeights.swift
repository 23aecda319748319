import Diagnostics
import Networks
import Tensors

/// The weights and the bias of a convolution or a linear layer, with its batch norm or its layer
/// scale inside.
struct FoldedWeights {
  /// The outermost extent is the output channels.
  let weights: [Float]
  /// One for each output channel; empty where there is none.
  let bias: [Float]

  /// The weights of a layer, and of the batch norm or the layer scale behind it.
  ///
  /// A batch norm computes `(x - mean) / sqrt(variance + epsilon) * weight + bias`, which is linear
  /// in `x`: with `scale = weight / sqrt(variance + epsilon)` the weights are multiplied by it, and
  /// the new bias is `(old bias - mean) * scale + bias`. It is computed in double precision. A layer
  /// scale multiplies both.
  ///
  /// - Throws: `wrong_architecture` when a tensor is missing or has another shape.
  init(of layer: Layer, norm: Layer?, tensors: StateDict) throws(RegistryError) {
    if case .batchNorm(let description) = layer.operation {
      // Alone, it is a convolution of one weight for each channel.
      let scale = try Scale(of: layer, description, tensors)
      weights = scale.factors.map { Float($0) }
      bias = scale.offsets.map { Float($0) }
      return
    }
    let original = try tensors.tensor(of: layer, 0)
    let originalBias = layer.tensors.count > 1 ? try tensors.floats(of: layer, 1) : []
    if let norm, case .layerScale = norm.operation {
      let factors = try tensors.floats(of: norm, 0)
      weights = original.scaled(by: factors)
      bias = zip(originalBias, factors).map { $0 * $1 }
      return
    }
    guard let norm, case .batchNorm(let description) = norm.operation else {
      weights = original.floats()
      bias = originalBias
      return
    }
    let scale = try Scale(of: norm, description, tensors)
    let channels = description.channels
    weights = original.scaled(by: scale.factors.map { Float($0) })
    bias = (0..<channels).map { channel in
      let old = originalBias.isEmpty ? 0 : Double(originalBias[channel])
      return Float(old * scale.factors[channel] + scale.offsets[channel])
    }
  }
}

/// A batch norm with fixed statistics: `x * factor + offset` for each channel.
private struct Scale {
  let factors: [Double]
  let offsets: [Double]

  init(of layer: Layer, _ norm: BatchNorm, _ tensors: StateDict) throws(RegistryError) {
    let weight = try tensors.floats(of: layer, 0)
    let bias = try tensors.floats(of: layer, 1)
    let mean = try tensors.floats(of: layer, 2)
    let variance = try tensors.floats(of: layer, 3)
    let factors = (0..<norm.channels).map { channel in
      Double(weight[channel])
        / (Double(variance[channel]) + Double(norm.epsilon)).squareRoot()
    }
    self.factors = factors
    offsets = (0..<norm.channels).map { channel in
      Double(bias[channel]) - Double(mean[channel]) * factors[channel]
    }
  }
}

extension StateDict {
  /// The numbers of a layer's tensor, by its place among them.
  ///
  /// - Throws: What ``tensor(of:_:)`` throws.
  func floats(of layer: Layer, _ index: Int) throws(RegistryError) -> [Float] {
    try tensor(of: layer, index).floats()
  }

  /// A layer's tensor, by its place among them.
  ///
  /// - Throws: `wrong_architecture` when it is missing or has another shape than the layer states.
  func tensor(of layer: Layer, _ index: Int) throws(RegistryError) -> Tensor {
    let specification = layer.tensors[index]
    let name = specification.name
    guard let tensor = self[name], tensor.shape == specification.shape else {
      throw RegistryError(
        .wrongArchitecture,
        "The tensor \(name) "
          + (self[name].map { "has the shape \($0.shape), which is not its layer's." }
            ?? "is missing."),
        place: Place(layer: layer.name, tensor: name),
        remedy: "Load the tensors with the network that they belong to.")
    }
    return tensor
  }
}

extension Tensor {
  /// The numbers, those of each outermost index multiplied by its factor.
  fileprivate func scaled(by factors: [Float]) -> [Float] {
    guard scalarType == .float32 else { return Tensor(shape: shape, floats()).scaled(by: factors) }
    let size = shape.elementCount / max(factors.count, 1)
    return withUnsafeBytes { bytes in
      [Float](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
        for (index, factor) in factors.enumerated() {
          for place in index * size..<(index + 1) * size {
            buffer[place] =
              bytes.loadUnaligned(fromByteOffset: 4 * place, as: Float.self) * factor
          }
        }
        count = shape.elementCount
      }
    }
  }
}
