import Diagnostics
import Networks
import Tensors

/// The weights and the bias of a convolution or a linear layer, with its batch norm inside.
struct FoldedWeights {
  /// The outermost extent is the output channels.
  let weights: [Float]
  /// One for each output channel; empty where there is none.
  let bias: [Float]

  /// The weights of a layer, and of the batch norm behind it.
  ///
  /// A batch norm computes `(x - mean) / sqrt(variance + epsilon) * weight + bias`, which is linear
  /// in `x`: with `scale = weight / sqrt(variance + epsilon)` the weights are multiplied by it, and
  /// the new bias is `(old bias - mean) * scale + bias`. It is computed in double precision.
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
    let original = try tensors.tensor(of: layer, "weight")
    let originalBias =
      layer.operation.tensors.count > 1 ? try tensors.floats(of: layer, "bias") : []
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
    let weight = try tensors.floats(of: layer, "weight")
    let bias = try tensors.floats(of: layer, "bias")
    let mean = try tensors.floats(of: layer, "running_mean")
    let variance = try tensors.floats(of: layer, "running_var")
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
  /// The numbers of a layer's tensor.
  ///
  /// - Throws: What ``tensor(of:_:)`` throws.
  fileprivate func floats(of layer: Layer, _ part: String) throws(RegistryError) -> [Float] {
    try tensor(of: layer, part).floats()
  }

  /// A layer's tensor; `part` is the last part of its name, empty for one that is called as the
  /// layer.
  ///
  /// - Throws: `wrong_architecture` when it is missing or has another shape than the layer states.
  func tensor(of layer: Layer, _ part: String) throws(RegistryError) -> Tensor {
    let name = part.isEmpty ? layer.name : "\(layer.name).\(part)"
    guard let specification = layer.tensors.first(where: { $0.name == name }),
      let tensor = self[name], tensor.shape == specification.shape
    else {
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
