private import Tensors

// MobileNetV3 (Howard et al., 2019, arXiv:1905.02244). Its last hidden layer, which sees the means
// of the channels, belongs to the backbone: torchvision has it as a linear layer, timm as a
// convolution.
extension Architecture {
  /// MobileNetV3 small and large, with torchvision's names and with timm's.
  static let mobileNetV3s = [
    torchvision(
      "mobilenet_v3_small", .mobileNetV3Small, head: 12, widths: (576, 1024)),
    torchvision(
      "mobilenet_v3_large", .mobileNetV3Large, head: 16, widths: (960, 1280)),
    timm("mobilenetv3_small_100", .mobileNetV3Small, widths: (576, 1024)),
    timm("mobilenetv3_large_100", .mobileNetV3Large, widths: (960, 1280)),
  ]

  private static func torchvision(
    _ name: String, _ stages: [[InvertedResidual]], head: Int,
    widths: (convolution: Int, hidden: Int)
  ) -> Architecture {
    Architecture(
      name, preprocessing: .torchvision(), classifier: "classifier.3",
      regularization: [("classifier.2", .dropout(rate: 0.2))]
    ) { network in
      network.invertedResiduals(
        stem: 16, stages, head: widths.convolution, activation: .hardSwish,
        .torchvision(head: head) { _, _, overall in "features.\(overall + 1)" }, .mobileNetV3)
      network.pooledFeatures(pool: "avgpool", flatten: "flatten")
      network.linear("classifier.0", widths.hidden)
      network.append("classifier.1", .activation(.hardSwish))
    }
  }

  private static func timm(
    _ name: String, _ stages: [[InvertedResidual]], widths: (convolution: Int, hidden: Int)
  ) -> Architecture {
    Architecture(
      name, preprocessing: .torchvision(interpolation: .bicubic), classifier: "classifier",
      regularization: [("dropout", .dropout(rate: 0.2))]
    ) { network in
      let last = "blocks.\(stages.count).0"
      network.invertedResiduals(
        stem: 16, stages, head: widths.convolution, activation: .hardSwish,
        .timm(head: ("\(last).conv", "\(last).bn1")), .pyTorch)
      network.append("global_pool", .globalAveragePool)
      network.convolution(
        "conv_head", widths.hidden, kernel: 1, padding: .symmetric, bias: true)
      network.append("act2", .activation(.hardSwish))
      network.append("flatten", .flatten)
    }
  }
}

extension [[InvertedResidual]] {
  fileprivate static let mobileNetV3Small: Self = [
    .stage(kernel: 3, stride: 2, expansion: 1, channels: 16, .relu, .mobileNetV3),
    .stage(kernel: 3, stride: 2, expansion: 4.5, channels: 24, .relu)
      + .stage(kernel: 3, expansion: 3.67, channels: 24, .relu),
    .stage(kernel: 5, stride: 2, expansion: 4, channels: 40, .hardSwish, .mobileNetV3)
      + .stage(repeats: 2, kernel: 5, expansion: 6, channels: 40, .hardSwish, .mobileNetV3),
    .stage(repeats: 2, kernel: 5, expansion: 3, channels: 48, .hardSwish, .mobileNetV3),
    .stage(repeats: 3, kernel: 5, stride: 2, expansion: 6, channels: 96, .hardSwish, .mobileNetV3),
  ]

  fileprivate static let mobileNetV3Large: Self = [
    .stage(kernel: 3, expansion: 1, channels: 16, .relu),
    .stage(kernel: 3, stride: 2, expansion: 4, channels: 24, .relu)
      + .stage(kernel: 3, expansion: 3, channels: 24, .relu),
    .stage(repeats: 3, kernel: 5, stride: 2, expansion: 3, channels: 40, .relu, .mobileNetV3),
    .stage(kernel: 3, stride: 2, expansion: 6, channels: 80, .hardSwish)
      + .stage(kernel: 3, expansion: 2.5, channels: 80, .hardSwish)
      + .stage(repeats: 2, kernel: 3, expansion: 2.3, channels: 80, .hardSwish),
    .stage(repeats: 2, kernel: 3, expansion: 6, channels: 112, .hardSwish, .mobileNetV3),
    .stage(
      repeats: 3, kernel: 5, stride: 2, expansion: 6, channels: 160, .hardSwish, .mobileNetV3),
  ]
}
