package import Tensors

/// What a layer computes.
///
/// Activations are pictures `[N, C, H, W]`, or `[N, H, W, C]` after a ``transpose(_:)``; sequences
/// of tokens `[N, T, F]`; or features `[N, F]`. Axes are counted without the batch.
package enum Operation: Hashable, Sendable {
  case convolution(Convolution)
  case batchNorm(BatchNorm)
  case layerNorm(LayerNorm)
  /// Acts on the last axis; all others stay.
  case linear(Linear)
  case activation(Activation)
  /// The elementwise sum of two inputs of one shape.
  case add
  /// The elementwise product of two inputs of one shape, or of `[C, H, W]` and a factor for each
  /// channel `[C, 1, 1]`.
  case multiply
  /// Inputs one behind the other along the first axis, as `torch.cat` on channels.
  case concatenate
  /// A part of the first axis, as one of `torch.chunk`'s or as one token.
  case narrow(Narrow)
  /// `[C, H, W]` seen as `[groups, C / groups, H, W]`, with the first two axes exchanged
  /// (Zhang et al., "ShuffleNet", 2017, arXiv:1707.01083).
  case channelShuffle(groups: Int)
  case maxPool(Pooling)
  case averagePool(Pooling)
  /// The mean over height and width: `[N, C, H, W]` to `[N, C, 1, 1]`.
  case globalAveragePool
  /// All axes as one: `[N, C, H, W]` to `[N, C * H * W]`.
  case flatten
  /// The same elements, row by row, in another shape.
  case reshape(Shape)
  /// The axes in another order, as `torch.permute`: axis `i` of the output is axis `order[i]` of
  /// the input.
  case transpose([Int])
  /// The product of the matrices in the last two axes, `[…, M, K]` and `[…, K, N]`.
  case matrixProduct
  /// `exp(x) / Σ exp(x)` over the last axis.
  case softmax
  case attention(Attention)
  /// Multiplies by a learned factor for each channel: a tensor that is broadcast to the input as
  /// PyTorch does, from the last axis on
  /// (Touvron et al., "Going deeper with image transformers", 2021, arXiv:2103.17239).
  case layerScale(LearnedTensor)
  /// Puts a learned token `[1, 1, F]` before the others: `[N, T, F]` to `[N, T + 1, F]`.
  case classToken(LearnedTensor)
  /// Adds a learned vector to each token: a tensor `[1, T, F]`.
  case positionEmbedding(LearnedTensor)
  /// In training, zeroes each element with probability `rate` and scales the rest by
  /// `1 / (1 - rate)`. In evaluation, nothing.
  case dropout(rate: Float)
  /// In training, zeroes the whole of an image with probability `rate` and scales the others by
  /// `1 / (1 - rate)`. In evaluation, nothing
  /// (Huang et al., "Deep networks with stochastic depth", 2016, arXiv:1603.09382).
  case stochasticDepth(rate: Float)
}

/// An elementwise function.
package enum Activation: String, Codable, Hashable, Sendable {
  /// `max(x, 0)`
  case relu
  /// `min(max(x, 0), 6)`
  case relu6
  /// `x * relu6(x + 3) / 6`
  case hardSwish = "hardswish"
  /// `x / (1 + exp(-x))`
  case silu
  /// `x * Φ(x)` with the error function, not its approximation by a hyperbolic tangent.
  case gelu
  /// `1 / (1 + exp(-x))`
  case sigmoid
  /// `relu6(x + 3) / 6`
  case hardSigmoid = "hardsigmoid"
}

/// Cross-correlation as PyTorch's `Conv2d`.
///
/// Weights are `[out, in / groups, height, width]`.
package struct Convolution: Codable, Hashable, Sendable {
  package var inChannels: Int
  package var outChannels: Int
  package var kernel: Extent
  package var stride: Extent
  package var padding: Padding
  package var dilation: Extent
  package var groups: Int
  package var bias: Bool

  private enum CodingKeys: String, CodingKey {
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case kernel = "kernel_size"
    case stride
    case padding
    case dilation
    case groups
    case bias
  }

  package init(
    inChannels: Int, outChannels: Int, kernel: Extent, stride: Extent = 1,
    padding: Padding = .none, dilation: Extent = 1, groups: Int = 1, bias: Bool = false
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.bias = bias
  }
}

/// Batch normalization over `[N, C, H, W]` as PyTorch's `BatchNorm2d`
/// (Ioffe and Szegedy, 2015, arXiv:1502.03167).
package struct BatchNorm: Codable, Hashable, Sendable {
  package var channels: Int
  package var epsilon: Float
  /// The weight of the newest batch in the running statistics.
  package var momentum: Float

  private enum CodingKeys: String, CodingKey {
    case channels = "num_features"
    case epsilon = "eps"
    case momentum
  }

  package init(channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.channels = channels
    self.epsilon = epsilon
    self.momentum = momentum
  }
}

/// Normalization of each vector in the last axis as PyTorch's `LayerNorm`
/// (Ba, Kiros and Hinton, 2016, arXiv:1607.06450).
package struct LayerNorm: Codable, Hashable, Sendable {
  /// The extent of the last axis.
  package var features: Int
  package var epsilon: Float

  private enum CodingKeys: String, CodingKey {
    case features = "normalized_shape"
    case epsilon = "eps"
  }

  package init(features: Int, epsilon: Float = 1e-5) {
    self.features = features
    self.epsilon = epsilon
  }
}

/// `y = x Wᵀ + b` as PyTorch's `Linear`.
///
/// Weights are `[out, in]`.
package struct Linear: Codable, Hashable, Sendable {
  package var inFeatures: Int
  package var outFeatures: Int
  package var bias: Bool
  /// What stands before `weight` and `bias` in the tensors' names, for example the `in_proj_` of
  /// PyTorch's `MultiheadAttention`; mostly nothing.
  package var tensorPrefix: String?

  private enum CodingKeys: String, CodingKey {
    case inFeatures = "in_features"
    case outFeatures = "out_features"
    case bias
    case tensorPrefix = "tensor_prefix"
  }

  package init(
    inFeatures: Int, outFeatures: Int, bias: Bool = true, tensorPrefix: String? = nil
  ) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    self.bias = bias
    self.tensorPrefix = tensorPrefix
  }
}

/// `softmax(Q Kᵀ / √d) V` in each of several heads (Vaswani et al., "Attention is all you need",
/// 2017, arXiv:1706.03762).
///
/// The input `[T, 3 * F]` holds for each token its query, key and value, each with the heads' parts
/// one behind the other, `d = F / heads` numbers for each head. The output is `[T, F]`.
package struct Attention: Codable, Hashable, Sendable {
  package var heads: Int

  private enum CodingKeys: String, CodingKey {
    case heads = "num_heads"
  }

  package init(heads: Int) { self.heads = heads }
}

/// A part of the first axis of one image, as `torch.narrow` takes it.
package struct Narrow: Codable, Hashable, Sendable {
  /// The first index.
  package var start: Int
  /// How many indices.
  package var length: Int

  package init(start: Int, length: Int) {
    self.start = start
    self.length = length
  }
}

/// A tensor that a layer owns beside weights and biases.
package struct LearnedTensor: Codable, Hashable, Sendable {
  /// The last part of its name; empty when the layer's name is the whole of it.
  package var name: String
  /// As the state dict has it.
  package var shape: Shape

  package init(name: String, shape: Shape) {
    self.name = name
    self.shape = shape
  }
}

/// A window that slides over height and width.
package struct Pooling: Codable, Hashable, Sendable {
  package var kernel: Extent
  package var stride: Extent
  package var padding: Padding

  private enum CodingKeys: String, CodingKey {
    case kernel = "kernel_size"
    case stride
    case padding
  }

  package init(kernel: Extent, stride: Extent, padding: Padding = .none) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }
}

/// Height and width.
package struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same number both ways.
  package init(integerLiteral value: Int) { self.init(height: value, width: value) }

  /// The same number both ways.
  package init(_ value: Int) { self.init(height: value, width: value) }
}

/// How many zeros (or, for maximum pooling, minus infinities) border the input on each side.
package struct Padding: Hashable, Sendable {
  package var top: Int
  package var left: Int
  package var bottom: Int
  package var right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same on all sides.
  package init(_ value: Int) { self.init(top: value, left: value, bottom: value, right: value) }

  package static let none = Padding(0)
}

extension Operation {
  /// The tensors of a layer that computes this, by the last part of their names, in the order in
  /// which PyTorch lists them.
  package var tensors: [TensorSpecification] {
    switch self {
    case .convolution(let convolution):
      [
        TensorSpecification(
          name: "weight",
          shape: [
            convolution.outChannels, convolution.inChannels / convolution.groups,
            convolution.kernel.height, convolution.kernel.width,
          ])
      ]
        + (convolution.bias
          ? [TensorSpecification(name: "bias", shape: [convolution.outChannels])] : [])
    case .batchNorm(let norm):
      [
        TensorSpecification(name: "weight", shape: [norm.channels]),
        TensorSpecification(name: "bias", shape: [norm.channels]),
        TensorSpecification(name: "running_mean", shape: [norm.channels], role: .buffer),
        TensorSpecification(name: "running_var", shape: [norm.channels], role: .buffer),
        TensorSpecification(
          name: "num_batches_tracked", shape: [], scalarType: .int64, role: .buffer),
      ]
    case .layerNorm(let norm):
      [
        TensorSpecification(name: "weight", shape: [norm.features]),
        TensorSpecification(name: "bias", shape: [norm.features]),
      ]
    case .linear(let linear):
      [
        TensorSpecification(
          name: "\(linear.tensorPrefix ?? "")weight",
          shape: [linear.outFeatures, linear.inFeatures])
      ]
        + (linear.bias
          ? [
            TensorSpecification(
              name: "\(linear.tensorPrefix ?? "")bias", shape: [linear.outFeatures])
          ] : [])
    case .layerScale(let tensor), .classToken(let tensor), .positionEmbedding(let tensor):
      [TensorSpecification(name: tensor.name, shape: tensor.shape)]
    case .activation, .add, .multiply, .concatenate, .narrow, .channelShuffle, .maxPool,
      .averagePool, .globalAveragePool, .flatten, .reshape, .transpose, .matrixProduct, .softmax,
      .attention, .dropout, .stochasticDepth:
      []
    }
  }
}
