private import Tensors

/// What a layer computes.
///
/// Activations are `[N, C, H, W]`, or `[N, F]` after ``flatten``.
package enum Operation: Hashable, Sendable {
  case convolution(Convolution)
  case batchNorm(BatchNorm)
  case linear(Linear)
  case activation(Activation)
  /// The elementwise sum of two inputs of one shape.
  case add
  case maxPool(Pooling)
  case averagePool(Pooling)
  /// The mean over height and width: `[N, C, H, W]` to `[N, C, 1, 1]`.
  case globalAveragePool
  /// `[N, C, H, W]` to `[N, C * H * W]`.
  case flatten
  /// In training, zeroes each element with probability `rate` and scales the rest by
  /// `1 / (1 - rate)`. In evaluation, nothing.
  case dropout(rate: Float)
}

/// An elementwise function.
package enum Activation: String, Codable, Hashable, Sendable {
  /// `max(x, 0)`
  case relu
  /// `min(max(x, 0), 6)`
  case relu6
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

/// `y = x Wᵀ + b` as PyTorch's `Linear`.
///
/// Weights are `[out, in]`.
package struct Linear: Codable, Hashable, Sendable {
  package var inFeatures: Int
  package var outFeatures: Int
  package var bias: Bool

  private enum CodingKeys: String, CodingKey {
    case inFeatures = "in_features"
    case outFeatures = "out_features"
    case bias
  }

  package init(inFeatures: Int, outFeatures: Int, bias: Bool = true) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    self.bias = bias
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
    case .linear(let linear):
      [TensorSpecification(name: "weight", shape: [linear.outFeatures, linear.inFeatures])]
        + (linear.bias ? [TensorSpecification(name: "bias", shape: [linear.outFeatures])] : [])
    case .activation, .add, .maxPool, .averagePool, .globalAveragePool, .flatten, .dropout:
      []
    }
  }
}
