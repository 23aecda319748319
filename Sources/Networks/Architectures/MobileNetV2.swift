private import Tensors

extension Architecture {
  /// MobileNetV2 (Sandler et al., 2018, arXiv:1801.04381) with torchvision's names.
  package static let mobileNetV2 = Architecture(
    "mobilenet_v2", preprocessing: .torchvision(), classifier: "classifier.1",
    regularization: [("classifier.0", .dropout(rate: 0.2))]
  ) { $0.invertedResiduals(stem: 32, mobileNetV2Stages, head: 1280, .torchvision, .pyTorch) }

  /// MobileNetV2 with timm's names: timm's `mobilenetv2_100`.
  package static let timmMobileNetV2 = Architecture(
    "mobilenetv2_100", preprocessing: .torchvision(interpolation: .bicubic),
    classifier: "classifier", regularization: [("dropout", .dropout(rate: 0.2))]
  ) { $0.invertedResiduals(stem: 32, mobileNetV2Stages, head: 1280, .timm, .pyTorch) }

  private static let mobileNetV2Stages = [
    InvertedResidualStage(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
    InvertedResidualStage(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
    InvertedResidualStage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 32),
    InvertedResidualStage(repeats: 4, kernel: 3, stride: 2, expansion: 6, channels: 64),
    InvertedResidualStage(repeats: 3, kernel: 3, stride: 1, expansion: 6, channels: 96),
    InvertedResidualStage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 160),
    InvertedResidualStage(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
  ]
}
