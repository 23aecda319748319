private import Tensors

/// What differs between trainings of one network.
struct InvertedResidualNumerics {
  let padding: PaddingRule
  let epsilon: Float
  let momentum: Float

  static let tensorFlow = Self(padding: .same, epsilon: 1e-3, momentum: 0.01)
  static let tensorFlowInTimm = Self(padding: .same, epsilon: 1e-3, momentum: 0.1)
  static let pyTorch = Self(padding: .symmetric, epsilon: 1e-5, momentum: 0.1)
}

/// What a library calls the parts of a network of inverted residuals.
struct InvertedResidualNaming {
  let stem: (convolution: String, norm: String)
  let head: (convolution: String, norm: String)
  /// The name of a block from its stage, its number in the stage, and its number overall.
  let block: @Sendable (_ stage: Int, _ index: Int, _ overall: Int) -> String
  // Convolution and norm of a block's steps. The first block, which does not expand, is listed
  // apart because timm and torchvision number what is there.
  let expand: (convolution: String, norm: String)
  let depthwise: (convolution: String, norm: String)
  let project: (convolution: String, norm: String)
  let unexpandedDepthwise: (convolution: String, norm: String)
  let unexpandedProject: (convolution: String, norm: String)
  let activation: String
  let pool: String
  let flatten: String

  static let port = Self(
    stem: ("_conv_stem", "_bn0"), head: ("_conv_head", "_bn1"),
    block: { _, _, overall in "_blocks.\(overall)" },
    expand: ("_expand_conv", "_bn0"), depthwise: ("_depthwise_conv", "_bn1"),
    project: ("_project_conv", "_bn2"),
    unexpandedDepthwise: ("_depthwise_conv", "_bn1"), unexpandedProject: ("_project_conv", "_bn2"),
    activation: "_relu6", pool: "_avg_pooling", flatten: "_flatten")

  static let timm = Self(
    stem: ("conv_stem", "bn1"), head: ("conv_head", "bn2"),
    block: { stage, index, _ in "blocks.\(stage).\(index)" },
    expand: ("conv_pw", "bn1"), depthwise: ("conv_dw", "bn2"), project: ("conv_pwl", "bn3"),
    unexpandedDepthwise: ("conv_dw", "bn1"), unexpandedProject: ("conv_pw", "bn2"),
    activation: "act", pool: "global_pool", flatten: "flatten")

  static let torchvision = Self(
    stem: ("features.0.0", "features.0.1"), head: ("features.18.0", "features.18.1"),
    block: { _, _, overall in "features.\(overall + 1)" },
    expand: ("conv.0.0", "conv.0.1"), depthwise: ("conv.1.0", "conv.1.1"),
    project: ("conv.2", "conv.3"),
    unexpandedDepthwise: ("conv.0.0", "conv.0.1"), unexpandedProject: ("conv.1", "conv.2"),
    activation: "relu6", pool: "avgpool", flatten: "flatten")
}

/// A run of inverted residual blocks; the stride is the first one's.
struct InvertedResidualStage {
  let repeats: Int
  let kernel: Int
  let stride: Int
  let expansion: Int
  let channels: Int
}

extension NetworkBuilder {
  /// A stem at half the size, stages of blocks, a 1x1 convolution to the features, and their mean;
  /// ReLU6 everywhere.
  mutating func invertedResiduals(
    stem: Int, _ stages: [InvertedResidualStage], head: Int, _ names: InvertedResidualNaming,
    _ numerics: InvertedResidualNumerics
  ) {
    step(names.stem, stem, kernel: 3, stride: 2, numerics)
    append(names.activation, .activation(.relu6))
    var overall = 0
    for (number, stage) in stages.enumerated() {
      for index in 0..<stage.repeats {
        invertedResidual(
          names.block(number, index, overall), stage, stride: index == 0 ? stage.stride : 1, names,
          numerics)
        overall += 1
      }
    }
    step(names.head, head, kernel: 1, numerics)
    append(names.activation, .activation(.relu6))
    pooledFeatures(pool: names.pool, flatten: names.flatten)
  }

  /// MobileNetV2's block (Sandler et al., 2018, arXiv:1801.04381): expand, filter each channel,
  /// project; added to its input where the shape stays.
  private mutating func invertedResidual(
    _ name: String, _ stage: InvertedResidualStage, stride: Int, _ names: InvertedResidualNaming,
    _ numerics: InvertedResidualNumerics
  ) {
    let (input, inChannels) = (last, shape[0])
    let expands = stage.expansion != 1
    let wide = inChannels * stage.expansion
    let activation = "\(name).\(names.activation)"
    if expands {
      step(names.expand, in: name, wide, kernel: 1, numerics)
      append(activation, .activation(.relu6))
    }
    step(
      expands ? names.depthwise : names.unexpandedDepthwise, in: name, wide, kernel: stage.kernel,
      stride: stride, groups: wide, numerics)
    append(activation, .activation(.relu6))
    step(
      expands ? names.project : names.unexpandedProject, in: name, stage.channels, kernel: 1,
      numerics)
    if stride == 1, inChannels == stage.channels {
      append("\(name).add", .add, reading: [last, input])
    }
  }

  /// A convolution with its batch norm.
  private mutating func step(
    _ names: (convolution: String, norm: String), in block: String? = nil, _ channels: Int,
    kernel: Int, stride: Int = 1, groups: Int = 1, _ numerics: InvertedResidualNumerics
  ) {
    let prefix = block.map { "\($0)." } ?? ""
    normedConvolution(
      (prefix + names.convolution, prefix + names.norm), channels, kernel: kernel, stride: stride,
      groups: groups, padding: numerics.padding, epsilon: numerics.epsilon,
      momentum: numerics.momentum)
  }
}
