private import Tensors

// EfficientNet-Lite (Tan and Le, 2019, arXiv:1905.11946, without squeeze-and-excite and with
// ReLU6) is published under two sets of tensor names and with two borders.
// docs/decisions/0001-architecture-names.md says which plan has which, and why.
extension Architecture {
  /// EfficientNet-Lite0 with the names of the efficientnet-pytorch port and TensorFlow's borders.
  package static let efficientNetLite0 = LiteScale.all[0].port
  /// EfficientNet-Lite0 with timm's names and TensorFlow's borders: timm's
  /// `tf_efficientnet_lite0`.
  package static let tfEfficientNetLite0 = LiteScale.all[0].tensorFlowInTimm
  /// EfficientNet-Lite0 with timm's names and PyTorch's borders: what timm calls
  /// `efficientnet_lite0`.
  package static let timmEfficientNetLite0 = LiteScale.all[0].timm

  /// EfficientNet-Lite0 to Lite4, each under its three names.
  static let efficientNetLites: [Architecture] =
    [efficientNetLite0, tfEfficientNetLite0, timmEfficientNetLite0]
    + LiteScale.all.dropFirst().flatMap { [$0.port, $0.tensorFlowInTimm, $0.timm] }
}

/// What grows from Lite0 to Lite4.
private struct LiteScale {
  let number: Int
  /// How much wider the stages are than Lite0's.
  let width: Double
  /// How many times more blocks the stages have than Lite0's.
  let depth: Double
  /// What TensorFlow's weights were trained with.
  let size: Int
  /// What timm states for its copies of the weights.
  let timmSize: Int
  let timmShortSide: Int
  let timmInterpolation: Interpolation
  let dropout: Float

  static let all = [
    LiteScale(
      number: 0, width: 1, depth: 1, size: 224, timmSize: 224, timmShortSide: 256,
      timmInterpolation: .bicubic, dropout: 0.2),
    LiteScale(
      number: 1, width: 1, depth: 1.1, size: 240, timmSize: 240, timmShortSide: 272,
      timmInterpolation: .bicubic, dropout: 0.2),
    LiteScale(
      number: 2, width: 1.1, depth: 1.2, size: 260, timmSize: 260, timmShortSide: 292,
      timmInterpolation: .bicubic, dropout: 0.3),
    LiteScale(
      number: 3, width: 1.2, depth: 1.4, size: 280, timmSize: 300, timmShortSide: 331,
      timmInterpolation: .bilinear, dropout: 0.3),
    LiteScale(
      number: 4, width: 1.4, depth: 1.8, size: 300, timmSize: 380, timmShortSide: 413,
      timmInterpolation: .bilinear, dropout: 0.3),
  ]

  var port: Architecture {
    plan(
      "efficientnet_lite\(number)", .efficientNetPort(size: size), .port, .tensorFlow,
      dropoutName: "_dropout", classifier: "_fc")
  }

  var tensorFlowInTimm: Architecture {
    plan(
      "tf_efficientnet_lite\(number)",
      .tensorFlowInTimm(
        shortSide: timmShortSide, size: timmSize, interpolation: timmInterpolation),
      .timm, .tensorFlowInTimm, dropoutName: "dropout", classifier: "classifier")
  }

  var timm: Architecture {
    plan(
      "timm_efficientnet_lite\(number)", alias: "efficientnet_lite\(number)",
      // For Lite4 timm states a crop of 0.922 here, and of 0.92 for TensorFlow's weights.
      .torchvision(
        shortSide: number == 4 ? 412 : timmShortSide, size: timmSize, interpolation: .bicubic),
      .timm, .pyTorch, dropoutName: "dropout", classifier: "classifier")
  }

  private func plan(
    _ name: String, alias: String? = nil, _ preprocessing: Preprocessing,
    _ naming: InvertedResidualNaming, _ numerics: InvertedResidualNumerics, dropoutName: String,
    classifier: String
  ) -> Architecture {
    let stages = stages
    return Architecture(
      name, alias: alias, preprocessing: preprocessing, classifier: classifier,
      regularization: [(dropoutName, .dropout(rate: dropout))]
    ) { $0.invertedResiduals(stem: 32, stages, head: 1280, naming, numerics) }
  }

  /// Lite0's stages, widened and deepened; the first and the last keep their number of blocks.
  private var stages: [InvertedResidualStage] {
    let base: [(repeats: Int, kernel: Int, stride: Int, expansion: Int, channels: Int)] = [
      (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
      (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
    ]
    return base.enumerated().map { index, it in
      let isFixed = index == 0 || index == base.count - 1
      return InvertedResidualStage(
        repeats: isFixed ? it.repeats : Int((Double(it.repeats) * depth).rounded(.up)),
        kernel: it.kernel, stride: it.stride, expansion: it.expansion,
        channels: Self.multipleOfEight(Double(it.channels) * width))
    }
  }

  /// The nearest multiple of 8 that is at least nine tenths of a number, as TensorFlow rounds.
  private static func multipleOfEight(_ number: Double) -> Int {
    let nearest = max(8, Int(number + 4) / 8 * 8)
    return Double(nearest) < 0.9 * number ? nearest + 8 : nearest
  }
}
