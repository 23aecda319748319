private import Tensors

// EfficientNet (Tan and Le, 2019, arXiv:1905.11946) with torchvision's names, and with timm's in
// two trainings. docs/decisions/0001-architecture-names.md says what tells them apart.
extension Architecture {
  /// EfficientNet-B0 to B4, each with torchvision's names, with timm's names and TensorFlow's
  /// borders, and with timm's names and PyTorch's borders.
  static let efficientNets: [Architecture] = EfficientNetScale.all.flatMap {
    [$0.torchvision, $0.tensorFlowInTimm, $0.timm]
  }
}

/// What grows from B0 to B4.
private struct EfficientNetScale {
  let number: Int
  let width: Double
  let depth: Double
  let dropout: Float
  /// Short sides and crops.
  let torchvisionSize: (shortSide: Int, crop: Int)
  let tensorFlowSize: (shortSide: Int, crop: Int)
  let timmSize: (shortSide: Int, crop: Int)

  static let all = [
    Self(
      number: 0, width: 1, depth: 1, dropout: 0.2, torchvisionSize: (256, 224),
      tensorFlowSize: (256, 224), timmSize: (256, 224)),
    Self(
      number: 1, width: 1, depth: 1.1, dropout: 0.2, torchvisionSize: (256, 240),
      tensorFlowSize: (272, 240), timmSize: (266, 240)),
    Self(
      number: 2, width: 1.1, depth: 1.2, dropout: 0.3, torchvisionSize: (288, 288),
      tensorFlowSize: (292, 260), timmSize: (292, 256)),
    Self(
      number: 3, width: 1.2, depth: 1.4, dropout: 0.3, torchvisionSize: (320, 300),
      tensorFlowSize: (331, 300), timmSize: (329, 288)),
    Self(
      number: 4, width: 1.4, depth: 1.8, dropout: 0.4, torchvisionSize: (384, 380),
      tensorFlowSize: (412, 380), timmSize: (365, 320)),
  ]

  var torchvision: Architecture {
    plan(
      "efficientnet_b\(number)", preprocessing(torchvisionSize),
      .torchvision(head: 8) { stage, index, _ in "features.\(stage + 1).\(index)" }, .pyTorch,
      dropoutName: "classifier.0", classifier: "classifier.1")
  }

  var tensorFlowInTimm: Architecture {
    plan(
      "tf_efficientnet_b\(number)", preprocessing(tensorFlowSize), .timm, .tensorFlowInTimm,
      dropoutName: "dropout", classifier: "classifier")
  }

  var timm: Architecture {
    plan(
      "timm_efficientnet_b\(number)", alias: "efficientnet_b\(number)",
      // timm's weights for B1 were trained with numbers from -1 to 1.
      number == 1
        ? .tensorFlowInTimm(
          shortSide: timmSize.shortSide, size: timmSize.crop, interpolation: .bicubic)
        : preprocessing(timmSize),
      .timm, .pyTorch, dropoutName: "dropout", classifier: "classifier")
  }

  private func preprocessing(_ size: (shortSide: Int, crop: Int)) -> Preprocessing {
    .torchvision(shortSide: size.shortSide, size: size.crop, interpolation: .bicubic)
  }

  private func plan(
    _ name: String, alias: String? = nil, _ preprocessing: Preprocessing,
    _ naming: InvertedResidualNaming, _ numerics: InvertedResidualNumerics, dropoutName: String,
    classifier: String
  ) -> Architecture {
    let (width, depth) = (width, depth)
    return Architecture(
      name, alias: alias, preprocessing: preprocessing, classifier: classifier,
      regularization: [(dropoutName, .dropout(rate: dropout))]
    ) { network in
      network.invertedResiduals(
        stem: Int(multipleOfEight: 32 * width),
        .efficientNet(
          width: width, depth: depth, deepensEnds: true, .silu, .efficientNet),
        head: Int(multipleOfEight: 1280 * width), activation: .silu, stochasticDepth: 0.2, naming,
        numerics)
      network.pooledFeatures(pool: naming.pool, flatten: naming.flatten)
    }
  }
}

extension [[InvertedResidual]] {
  /// The stages of B0, widened and deepened; the first and the last keep their number of blocks
  /// unless told otherwise.
  static func efficientNet(
    width: Double, depth: Double, deepensEnds: Bool, _ activation: Activation,
    _ squeeze: SqueezeExcite?
  ) -> Self {
    let base: [(repeats: Int, kernel: Int, stride: Int, expansion: Double, channels: Int)] = [
      (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
      (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
    ]
    return base.enumerated().map { index, it in
      let isFixed = !deepensEnds && (index == 0 || index == base.count - 1)
      return .stage(
        repeats: isFixed ? it.repeats : Int((Double(it.repeats) * depth).rounded(.up)),
        kernel: it.kernel, stride: it.stride, expansion: it.expansion,
        channels: Int(multipleOfEight: Double(it.channels) * width), activation, squeeze)
    }
  }
}
