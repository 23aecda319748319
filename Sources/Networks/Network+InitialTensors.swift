import Tensors

extension Network {
  /// First values for all tensors, to train from scratch.
  ///
  /// - Convolutions of the backbone: normal with the standard deviation `sqrt(2 / fan_out)`, where
  ///   `fan_out` is the output channels times the kernel's elements, as PyTorch's
  ///   `kaiming_normal_(mode="fan_out")` (He et al., 2015, arXiv:1502.01852).
  /// - Linear layers, and convolutions of the head: as ``initialHead(seed:)``. In networks with
  ///   layer norms, that is vision transformers and ConvNeXt, linear layers are normal with the
  ///   standard deviation 0.02, and so are the class token and the position embedding. That is
  ///   timm's `trunc_normal_(std=0.02)`, whose bounds of ±2 are 100 standard deviations away and
  ///   cut nothing off.
  /// - Norms: weights and running variances are one. Layer scales are 1e-6 (Liu et al., 2022,
  ///   arXiv:2201.03545). Everything else is zero.
  ///
  /// Each layer draws from a stream of its own, and the same seed gives the same bits.
  package func initialTensors(seed: UInt64) -> StateDict {
    let hasLayerNorms = layers.contains { layer in
      if case .layerNorm = layer.operation { true } else { false }
    }
    var stateDict = StateDict()
    for (index, layer) in layers.enumerated() {
      let distribution: InitialDistribution? =
        switch layer.operation {
        case .convolution(let convolution) where index < backbone.count:
          .kaimingNormal(convolution)
        case .linear where hasLayerNorms, .classToken, .positionEmbedding:
          .normal(standardDeviation: 0.02)
        default: .kaimingUniform(layer.operation)
        }
      stateDict.append(
        layer, distribution, RandomGenerator(seed: seed, stream: UInt64(index)))
    }
    return stateDict
  }

  /// First values for the tensors of the head.
  ///
  /// Weights are uniform in `±1 / sqrt(inputs)`, which is how PyTorch fills a `Linear` and a
  /// `Conv2d` (Kaiming-uniform with `a = sqrt(5)`; He et al., 2015, arXiv:1502.01852); biases are
  /// zero. Each layer draws from a stream of its own, and the same seed gives the same bits.
  package func initialHead(seed: UInt64) -> StateDict {
    var stateDict = StateDict()
    for (index, layer) in head.enumerated() {
      stateDict.append(
        layer, .kaimingUniform(layer.operation),
        RandomGenerator(seed: seed, stream: UInt64(index)))
    }
    return stateDict
  }
}

/// Where the first weights of a layer are drawn from.
enum InitialDistribution {
  /// Uniform between `-bound` and `bound`.
  case uniform(bound: Float)
  /// Normal with the mean 0.
  case normal(standardDeviation: Float)

  /// Uniform in `±1 / sqrt(fan_in)`; `nil` for layers without weights to multiply with.
  static func kaimingUniform(_ operation: Operation) -> Self? {
    switch operation {
    case .linear(let linear): .uniform(bound: 1 / Float(linear.inFeatures).squareRoot())
    case .convolution(let it):
      .uniform(
        bound: 1
          / Float(it.inChannels / it.groups * it.kernel.height * it.kernel.width).squareRoot())
    default: nil
    }
  }

  /// Normal with the standard deviation `sqrt(2 / fan_out)`.
  static func kaimingNormal(_ it: Convolution) -> Self {
    .normal(
      standardDeviation: (2 / Float(it.outChannels * it.kernel.height * it.kernel.width))
        .squareRoot())
  }

  /// Draws all elements, in order.
  func fill(
    _ values: Slice<UnsafeMutableBufferPointer<Float>>, with generator: inout RandomGenerator
  ) {
    for index in values.indices {
      values.base[index] =
        switch self {
        case .uniform(let bound): generator.uniform(in: -bound..<bound)
        case .normal(let standardDeviation): standardDeviation * generator.normal()
        }
    }
  }
}

extension StateDict {
  /// Adds a layer's tensors: what is multiplied with is drawn, factors of norms are one, layer
  /// scales small, and the rest is zero.
  fileprivate mutating func append(
    _ layer: Layer, _ distribution: InitialDistribution?, _ generator: RandomGenerator
  ) {
    var generator = generator
    for tensor in layer.tensors {
      guard tensor.scalarType == .float32 else {
        self[tensor.name] = Tensor(
          shape: tensor.shape, scalarType: tensor.scalarType,
          storage: ByteStorage(
            count: tensor.shape.elementCount * tensor.scalarType.byteCount
          ) { _ in })
        continue
      }
      self[tensor.name] = Tensor(shape: tensor.shape) { values in
        switch layer.operation {
        case .layerScale: values.update(repeating: 1e-6)
        case .batchNorm, .layerNorm:
          if tensor.name.hasSuffix(".weight") || tensor.name.hasSuffix(".running_var") {
            values.update(repeating: 1)
          }
        // Biases are vectors.
        default: if tensor.shape.rank > 1 { distribution?.fill(values[...], with: &generator) }
        }
      }
    }
  }
}
