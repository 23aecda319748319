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
    let (width, depth) = (width, depth)
    return Architecture(
      name, alias: alias, preprocessing: preprocessing, classifier: classifier,
      regularization: [(dropoutName, .dropout(rate: dropout))]
    ) { network in
      network.invertedResiduals(
        stem: 32,
        .efficientNet(width: width, depth: depth, deepensEnds: false, .relu6, nil),
        head: 1280, naming, numerics)
      network.pooledFeatures(pool: naming.pool, flatten: naming.flatten)
    }
  }
}
