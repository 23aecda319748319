private import Diagnostics
package import Tensors

/// Writes a graph down layer by layer, as the `forward` of a PyTorch module runs.
///
/// Each call appends a layer that reads the newest one, unless told otherwise, and follows the
/// shape, so that descriptions state what papers state: output channels, kernels and strides.
package struct NetworkBuilder {
  package private(set) var layers: [Layer] = []
  /// The name of the newest layer.
  package private(set) var last = Network.inputName
  private var shapes: [String: Shape]

  /// A graph for images of the shape `[3, height, width]`.
  package init(input: Shape) { shapes = [Network.inputName: input] }

  /// The shape of the newest layer's output for one image.
  package var shape: Shape { shape(of: last) }

  /// The shape of a layer's output for one image; of no extents when there is no such layer yet.
  package func shape(of layer: String) -> Shape { shapes[layer] ?? [] }

  /// Appends a layer.
  ///
  /// A layer without tensors may repeat a name: it then gets a number as torch.fx gives it,
  /// `relu`, `relu_1`, `relu_2`.
  ///
  /// - Precondition: the operation accepts what it reads; a description in the program that does
  ///   not is a bug.
  package mutating func append(
    _ name: String, _ operation: Operation, reading inputs: [String]? = nil
  ) {
    var unique = name
    if operation.tensors.isEmpty {
      var number = 0
      while shapes[unique] != nil {
        number += 1
        unique = "\(name)_\(number)"
      }
    }
    let inputs = inputs ?? [last]
    do {
      shapes[unique] = try operation.outputShape(of: inputs.compactMap { shapes[$0] })
    } catch {
      preconditionFailure("layer \(unique): \(error.message)")
    }
    layers.append(Layer(unique, operation, inputs: inputs))
    last = unique
  }

  /// Appends a convolution whose input channels are the newest layer's.
  package mutating func convolution(
    _ name: String, _ outChannels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    padding: PaddingRule, bias: Bool = false, reading input: String? = nil
  ) {
    let source = shape(of: input ?? last)
    append(
      name,
      .convolution(
        Convolution(
          inChannels: source[0], outChannels: outChannels, kernel: Extent(kernel),
          stride: Extent(stride),
          padding: padding.padding(
            height: source[1], width: source[2], kernel: kernel, stride: stride),
          groups: groups, bias: bias)),
      reading: input.map { [$0] })
  }

  /// Appends a batch normalization over the newest layer's channels.
  package mutating func batchNorm(_ name: String, epsilon: Float = 1e-5, momentum: Float = 0.1) {
    append(
      name, .batchNorm(BatchNorm(channels: shape[0], epsilon: epsilon, momentum: momentum)))
  }

  /// Appends a convolution without bias, and its batch norm.
  package mutating func normedConvolution(
    _ names: (convolution: String, norm: String), _ outChannels: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, padding: PaddingRule = .symmetric, epsilon: Float = 1e-5,
    momentum: Float = 0.1, reading input: String? = nil
  ) {
    convolution(
      names.convolution, outChannels, kernel: kernel, stride: stride, groups: groups,
      padding: padding, reading: input)
    batchNorm(names.norm, epsilon: epsilon, momentum: momentum)
  }

  /// Appends a maximum over windows, the last of which may reach over the lower and the right edge:
  /// PyTorch's `ceil_mode`.
  package mutating func maxPoolRoundingUp(_ name: String, kernel: Int, stride: Int) {
    func rest(_ size: Int) -> Int {
      let beyond = (size - kernel) % stride
      return beyond == 0 ? 0 : stride - beyond
    }
    append(
      name,
      .maxPool(
        Pooling(
          kernel: Extent(kernel), stride: Extent(stride),
          padding: Padding(top: 0, left: 0, bottom: rest(shape[1]), right: rest(shape[2])))))
  }

  /// Appends a linear layer with bias whose input features are the newest layer's.
  package mutating func linear(_ name: String, _ outFeatures: Int, tensorPrefix: String? = nil) {
    append(
      name,
      .linear(
        Linear(
          inFeatures: shape.extents.last ?? 0, outFeatures: outFeatures,
          tensorPrefix: tensorPrefix)))
  }

  /// Appends a normalization of the last axis, with the epsilon of all networks that have one here.
  package mutating func layerNorm(_ name: String) {
    append(name, .layerNorm(LayerNorm(features: shape.extents.last ?? 0, epsilon: 1e-6)))
  }

  /// Appends a layer norm over the channels of each pixel: the `LayerNorm2d` of torchvision and
  /// timm.
  package mutating func channelNorm(_ name: String) {
    append("\(name).channels_last", .channelsLast)
    layerNorm(name)
    append("\(name).channels_first", .channelsFirst)
  }

  /// Adds the newest layer to what stands beside it, unless the branch is left out in training.
  package mutating func residual(
    _ name: String, with shortcut: String, stochasticDepth: Float = 0
  ) {
    if stochasticDepth > 0 {
      append("\(name).stochastic_depth", .stochasticDepth(rate: stochasticDepth))
    }
    append("\(name).add", .add, reading: [last, shortcut])
  }

  /// Appends the mean over height and width, and drops these: `[C, H, W]` to `[C]`.
  package mutating func pooledFeatures(pool: String, flatten: String) {
    append(pool, .globalAveragePool)
    append(flatten, .flatten)
  }
}

extension Operation {
  /// `[C, H, W]` to `[H, W, C]`.
  static let channelsLast = transpose([1, 2, 0])
  /// `[H, W, C]` to `[C, H, W]`.
  static let channelsFirst = transpose([2, 0, 1])
}

/// How wide the border of a convolution is.
package enum PaddingRule: Sendable, Hashable {
  /// Half the kernel on each side, which keeps the size of the input divided by the stride: what
  /// PyTorch's networks do.
  case symmetric
  /// What TensorFlow calls `SAME`: as little as needed, the odd pixel below and to the right.
  case same
  /// That many pixels on each side.
  case exactly(Int)

  /// The border for an input of this size.
  package func padding(height: Int, width: Int, kernel: Int, stride: Int) -> Padding {
    switch self {
    case .symmetric:
      return Padding((kernel - 1) / 2)
    case .exactly(let pixels):
      return Padding(pixels)
    case .same:
      let (vertical, horizontal) = (
        total(height, kernel, stride), total(width, kernel, stride)
      )
      return Padding(
        top: vertical / 2, left: horizontal / 2, bottom: vertical - vertical / 2,
        right: horizontal - horizontal / 2)
    }
  }

  private func total(_ size: Int, _ kernel: Int, _ stride: Int) -> Int {
    max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
  }
}
