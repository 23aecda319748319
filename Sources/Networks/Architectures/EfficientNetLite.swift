private import Tensors

// EfficientNet-Lite (Tan and Le, 2019, arXiv:1905.11946, without squeeze-and-excite and with
// ReLU6) is published under two sets of tensor names and with two borders.
// docs/decisions/0001-architecture-names.md says which plan has which, and why.
extension Architecture {
  /// EfficientNet-Lite0 with the names of the efficientnet-pytorch port and TensorFlow's borders.
  package static let efficientNetLite0 = Architecture(
    "efficientnet_lite0", preprocessing: .efficientNetPort, classifier: "_fc",
    regularization: [("_dropout", .dropout(rate: 0.2))]
  ) { $0.efficientNetLite0(.port, .tensorFlow) }

  /// EfficientNet-Lite0 with timm's names and TensorFlow's borders: timm's
  /// `tf_efficientnet_lite0`.
  package static let tfEfficientNetLite0 = Architecture(
    "tf_efficientnet_lite0",
    preprocessing: .timm(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]),
    classifier: "classifier", regularization: [("dropout", .dropout(rate: 0.2))]
  ) { $0.efficientNetLite0(.timm, .tensorFlowInTimm) }

  /// EfficientNet-Lite0 with timm's names and PyTorch's borders: what timm calls
  /// `efficientnet_lite0`.
  package static let timmEfficientNetLite0 = Architecture(
    "timm_efficientnet_lite0", alias: "efficientnet_lite0",
    preprocessing: .timm(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]),
    classifier: "classifier", regularization: [("dropout", .dropout(rate: 0.2))]
  ) { $0.efficientNetLite0(.timm, .pyTorch) }
}

/// What differs between trainings of one network.
private struct Numerics {
  let padding: PaddingRule
  let epsilon: Float
  let momentum: Float

  static let tensorFlow = Numerics(padding: .same, epsilon: 1e-3, momentum: 0.01)
  static let tensorFlowInTimm = Numerics(padding: .same, epsilon: 1e-3, momentum: 0.1)
  static let pyTorch = Numerics(padding: .symmetric, epsilon: 1e-5, momentum: 0.1)
}

/// What a library calls the parts.
private struct Naming {
  let stem: (convolution: String, norm: String)
  let head: (convolution: String, norm: String)
  /// The name of a block from its stage, its number in the stage, and its number overall.
  let block: @Sendable (_ stage: Int, _ index: Int, _ overall: Int) -> String
  // Convolution and norm of a block's steps. The first block, which does not expand, is listed
  // apart because timm numbers what is there.
  let expand: (convolution: String, norm: String)
  let depthwise: (convolution: String, norm: String)
  let project: (convolution: String, norm: String)
  let unexpandedDepthwise: (convolution: String, norm: String)
  let unexpandedProject: (convolution: String, norm: String)
  let activation: String
  let pool: String
  let flatten: String

  static let port = Naming(
    stem: ("_conv_stem", "_bn0"), head: ("_conv_head", "_bn1"),
    block: { _, _, overall in "_blocks.\(overall)" },
    expand: ("_expand_conv", "_bn0"), depthwise: ("_depthwise_conv", "_bn1"),
    project: ("_project_conv", "_bn2"),
    unexpandedDepthwise: ("_depthwise_conv", "_bn1"), unexpandedProject: ("_project_conv", "_bn2"),
    activation: "_relu6", pool: "_avg_pooling", flatten: "_flatten")

  static let timm = Naming(
    stem: ("conv_stem", "bn1"), head: ("conv_head", "bn2"),
    block: { stage, index, _ in "blocks.\(stage).\(index)" },
    expand: ("conv_pw", "bn1"), depthwise: ("conv_dw", "bn2"), project: ("conv_pwl", "bn3"),
    unexpandedDepthwise: ("conv_dw", "bn1"), unexpandedProject: ("conv_pw", "bn2"),
    activation: "act", pool: "global_pool", flatten: "flatten")
}

/// A run of inverted residual blocks; the stride is the first one's.
private struct Stage {
  let repeats: Int
  let kernel: Int
  let stride: Int
  let expansion: Int
  let channels: Int
}

extension NetworkBuilder {
  fileprivate mutating func efficientNetLite0(_ names: Naming, _ numerics: Numerics) {
    let stages = [
      Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
      Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
      Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40),
      Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80),
      Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112),
      Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192),
      Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
    ]
    step(names.stem, 32, kernel: 3, stride: 2, numerics)
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
    step(names.head, 1280, kernel: 1, numerics)
    append(names.activation, .activation(.relu6))
    pooledFeatures(pool: names.pool, flatten: names.flatten)
  }

  /// MobileNetV2's block (Sandler et al., 2018, arXiv:1801.04381): expand, filter each channel,
  /// project; added to its input where the shape stays.
  private mutating func invertedResidual(
    _ name: String, _ stage: Stage, stride: Int, _ names: Naming, _ numerics: Numerics
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
    kernel: Int, stride: Int = 1, groups: Int = 1, _ numerics: Numerics
  ) {
    let prefix = block.map { "\($0)." } ?? ""
    convolution(
      prefix + names.convolution, channels, kernel: kernel, stride: stride, groups: groups,
      padding: numerics.padding)
    batchNorm(prefix + names.norm, epsilon: numerics.epsilon, momentum: numerics.momentum)
  }
}

extension Preprocessing {
  /// What TensorFlow's EfficientNet-Lite was trained with: `(pixel - 127) / 128`.
  fileprivate static let efficientNetPort = Preprocessing(
    shortSide: 256, cropHeight: 224, cropWidth: 224, interpolation: .bicubic,
    mean: [127.0 / 255, 127.0 / 255, 127.0 / 255],
    standardDeviation: [128.0 / 255, 128.0 / 255, 128.0 / 255])

  /// What timm states for its weights of this network.
  fileprivate static func timm(mean: [Float], deviation: [Float]) -> Preprocessing {
    Preprocessing(
      shortSide: 256, cropHeight: 224, cropWidth: 224, interpolation: .bicubic, mean: mean,
      standardDeviation: deviation)
  }
}
