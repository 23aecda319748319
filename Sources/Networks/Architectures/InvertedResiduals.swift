private import Tensors

/// One block of a network of inverted residuals.
struct InvertedResidual {
  let kernel: Int
  let stride: Int
  /// How many times more channels are filtered than go in, before rounding to a multiple of 8.
  let expansion: Double
  /// How many channels come out.
  let channels: Int
  let activation: Activation
  let squeeze: SqueezeExcite?
}

/// A factor for each channel from the means of all (Hu et al., "Squeeze-and-excitation networks",
/// 2017, arXiv:1709.01507).
struct SqueezeExcite {
  /// Whether it is a quarter as wide as the block's input, instead of its filters.
  let isOfInput: Bool
  let activation: Activation
  let gate: Activation

  static let efficientNet = Self(isOfInput: true, activation: .silu, gate: .sigmoid)
  static let mobileNetV3 = Self(isOfInput: false, activation: .relu, gate: .hardSigmoid)
}

extension [InvertedResidual] {
  /// Blocks of one kind; the stride is the first one's.
  static func stage(
    repeats: Int = 1, kernel: Int, stride: Int = 1, expansion: Double, channels: Int,
    _ activation: Activation = .relu6, _ squeeze: SqueezeExcite? = nil
  ) -> Self {
    (0..<repeats).map {
      InvertedResidual(
        kernel: kernel, stride: $0 == 0 ? stride : 1, expansion: expansion, channels: channels,
        activation: activation, squeeze: squeeze)
    }
  }
}

/// What differs between trainings of one network.
struct InvertedResidualNumerics {
  let padding: PaddingRule
  let epsilon: Float
  let momentum: Float

  static let tensorFlow = Self(padding: .same, epsilon: 1e-3, momentum: 0.01)
  static let tensorFlowInTimm = Self(padding: .same, epsilon: 1e-3, momentum: 0.1)
  static let pyTorch = Self(padding: .symmetric, epsilon: 1e-5, momentum: 0.1)
  static let mobileNetV3 = Self(padding: .symmetric, epsilon: 1e-3, momentum: 0.01)
}

/// What a library calls the parts of a network of inverted residuals.
struct InvertedResidualNaming {
  typealias Step = (convolution: String, norm: String)

  /// What a convolution of a block is for.
  enum Role {
    case expand
    case depthwise
    case project
  }

  let stem: Step
  let head: Step
  /// The name of a block from its stage, its number in the stage, and its number overall.
  let block: @Sendable (_ stage: Int, _ index: Int, _ overall: Int) -> String
  /// The names of a step from what it is for, the number of steps before it, and whether there was
  /// a squeeze among these.
  let step: @Sendable (_ role: Role, _ number: Int, _ followsSqueeze: Bool) -> Step
  /// The names of the convolutions of a squeeze from the number of steps before it.
  let squeeze: @Sendable (_ number: Int) -> (reduce: String, expand: String)
  let activation: String
  let pool: String
  let flatten: String

  static let port = Self(
    stem: ("_conv_stem", "_bn0"), head: ("_conv_head", "_bn1"),
    block: { _, _, overall in "_blocks.\(overall)" },
    step: { role, _, _ in
      switch role {
      case .expand: ("_expand_conv", "_bn0")
      case .depthwise: ("_depthwise_conv", "_bn1")
      case .project: ("_project_conv", "_bn2")
      }
    },
    squeeze: { _ in ("_se_reduce", "_se_expand") },
    activation: "_relu6", pool: "_avg_pooling", flatten: "_flatten")

  static let timm = timm(head: ("conv_head", "bn2"))

  static func timm(head: Step) -> Self {
    Self(
      stem: ("conv_stem", "bn1"), head: head,
      block: { stage, index, _ in "blocks.\(stage).\(index)" },
      step: { role, number, _ in
        switch role {
        case .expand: ("conv_pw", "bn\(number + 1)")
        case .depthwise: ("conv_dw", "bn\(number + 1)")
        // The second pointwise convolution is told apart from the first, where there is one.
        case .project: (number == 1 ? "conv_pw" : "conv_pwl", "bn\(number + 1)")
        }
      },
      squeeze: { _ in ("se.conv_reduce", "se.conv_expand") },
      activation: "act", pool: "global_pool", flatten: "flatten")
  }

  /// torchvision's MobileNetV2, whose blocks list the projection's parts beside the other steps.
  static let torchvisionV2 = Self(
    stem: ("features.0.0", "features.0.1"), head: ("features.18.0", "features.18.1"),
    block: { _, _, overall in "features.\(overall + 1)" },
    step: { role, number, _ in
      role == .project
        ? ("conv.\(number)", "conv.\(number + 1)") : ("conv.\(number).0", "conv.\(number).1")
    },
    squeeze: { number in ("conv.\(number).fc1", "conv.\(number).fc2") },
    activation: "relu6", pool: "avgpool", flatten: "flatten")

  /// torchvision's later networks, whose head has that number among the features.
  static func torchvision(
    head: Int, block: @escaping @Sendable (_ stage: Int, _ index: Int, _ overall: Int) -> String
  ) -> Self {
    Self(
      stem: ("features.0.0", "features.0.1"), head: ("features.\(head).0", "features.\(head).1"),
      block: block,
      step: { _, number, followsSqueeze in
        let name = "block.\(followsSqueeze ? number + 1 : number)"
        return ("\(name).0", "\(name).1")
      },
      squeeze: { number in ("block.\(number).fc1", "block.\(number).fc2") },
      activation: "act", pool: "avgpool", flatten: "flatten")
  }
}

extension NetworkBuilder {
  /// A stem at half the size, stages of blocks, and a 1x1 convolution.
  ///
  /// `stochasticDepth` is the rate that grows from 0 at the first block to this behind the last
  /// one, as in torchvision and timm.
  mutating func invertedResiduals(
    stem: Int, _ stages: [[InvertedResidual]], head: Int, activation: Activation = .relu6,
    stochasticDepth: Float = 0, _ names: InvertedResidualNaming,
    _ numerics: InvertedResidualNumerics
  ) {
    step(names.stem, stem, kernel: 3, stride: 2, numerics)
    append(names.activation, .activation(activation))
    let count = stages.reduce(0) { $0 + $1.count }
    var overall = 0
    for (number, stage) in stages.enumerated() {
      for (index, block) in stage.enumerated() {
        invertedResidual(
          names.block(number, index, overall), block,
          stochasticDepth: stochasticDepth * Float(overall) / Float(count), names, numerics)
        overall += 1
      }
    }
    step(names.head, head, kernel: 1, numerics)
    append(names.activation, .activation(activation))
  }

  /// MobileNetV2's block (Sandler et al., 2018, arXiv:1801.04381): expand, filter each channel,
  /// weigh the channels as MobileNetV3 does, project; added to its input where the shape stays.
  private mutating func invertedResidual(
    _ name: String, _ block: InvertedResidual, stochasticDepth: Float,
    _ names: InvertedResidualNaming, _ numerics: InvertedResidualNumerics
  ) {
    let (input, inChannels) = (last, shape[0])
    let wide = Int(multipleOfEight: Double(inChannels) * block.expansion)
    let activation = "\(name).\(names.activation)"
    var number = 0
    func next(_ role: InvertedResidualNaming.Role) -> InvertedResidualNaming.Step {
      defer { number += 1 }
      let step = names.step(role, number, role == .project && block.squeeze != nil)
      return ("\(name).\(step.convolution)", "\(name).\(step.norm)")
    }
    if wide != inChannels {
      step(next(.expand), wide, kernel: 1, numerics)
      append(activation, .activation(block.activation))
    }
    step(
      next(.depthwise), wide, kernel: block.kernel, stride: block.stride, groups: wide, numerics)
    append(activation, .activation(block.activation))
    if let squeeze = block.squeeze {
      let (reduce, expand) = names.squeeze(number)
      squeezeExcite(
        name, reduce: "\(name).\(reduce)", expand: "\(name).\(expand)",
        width: squeeze.isOfInput ? inChannels / 4 : Int(multipleOfEight: Double(wide / 4)), squeeze)
    }
    step(next(.project), block.channels, kernel: 1, numerics)
    if block.stride == 1, inChannels == block.channels {
      residual(name, with: input, stochasticDepth: stochasticDepth)
    }
  }

  /// Multiplies each channel with a factor that two 1x1 convolutions make from all means.
  private mutating func squeezeExcite(
    _ name: String, reduce: String, expand: String, width: Int, _ squeeze: SqueezeExcite
  ) {
    let (input, channels) = (last, shape[0])
    append("\(name).squeeze", .globalAveragePool)
    convolution(reduce, width, kernel: 1, padding: .symmetric, bias: true)
    append("\(name).squeeze_act", .activation(squeeze.activation))
    convolution(expand, channels, kernel: 1, padding: .symmetric, bias: true)
    append("\(name).gate", .activation(squeeze.gate))
    append("\(name).mul", .multiply, reading: [input, last])
  }

  /// A convolution with its batch norm.
  private mutating func step(
    _ names: InvertedResidualNaming.Step, _ channels: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, _ numerics: InvertedResidualNumerics
  ) {
    normedConvolution(
      names, channels, kernel: kernel, stride: stride, groups: groups, padding: numerics.padding,
      epsilon: numerics.epsilon, momentum: numerics.momentum)
  }
}

extension Int {
  /// The nearest multiple of 8 that is at least nine tenths of a number, as TensorFlow rounds.
  init(multipleOfEight number: Double) {
    let nearest = Swift.max(8, Int(number + 4) / 8 * 8)
    self = Double(nearest) < 0.9 * number ? nearest + 8 : nearest
  }
}
