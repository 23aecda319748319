private import Tensors

extension Architecture {
  /// MobileNetV2 (Sandler et al., 2018, arXiv:1801.04381) with torchvision's names.
  package static let mobileNetV2 = Architecture(
    "mobilenet_v2", preprocessing: .torchvision(), classifier: "classifier.1",
    regularization: [("classifier.0", .dropout(rate: 0.2))]
  ) { $0.mobileNetV2(.torchvisionV2) }

  /// MobileNetV2 with timm's names: timm's `mobilenetv2_100`.
  package static let timmMobileNetV2 = Architecture(
    "mobilenetv2_100", preprocessing: .torchvision(interpolation: .bicubic),
    classifier: "classifier", regularization: [("dropout", .dropout(rate: 0.2))]
  ) { $0.mobileNetV2(.timm) }
}

extension NetworkBuilder {
  fileprivate mutating func mobileNetV2(_ names: InvertedResidualNaming) {
    invertedResiduals(
      stem: 32,
      [
        .stage(kernel: 3, expansion: 1, channels: 16),
        .stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
        .stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 32),
        .stage(repeats: 4, kernel: 3, stride: 2, expansion: 6, channels: 64),
        .stage(repeats: 3, kernel: 3, expansion: 6, channels: 96),
        .stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 160),
        .stage(kernel: 3, expansion: 6, channels: 320),
      ], head: 1280, names, .pyTorch)
    pooledFeatures(pool: names.pool, flatten: names.flatten)
  }
}
