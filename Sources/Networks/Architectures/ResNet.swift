private import Tensors

// ResNet (He et al., 2015, arXiv:1512.03385) and Wide ResNet (Zagoruyko and Komodakis, 2016,
// arXiv:1605.07146) with torchvision's names. Where a block has a bottleneck, the 3x3 convolution
// has the stride.
extension Architecture {
  /// ResNet-18.
  package static let resNet18 = resNet("resnet18", blocks: [2, 2, 2, 2], .basic)
  /// ResNet-34.
  package static let resNet34 = resNet("resnet34", blocks: [3, 4, 6, 3], .basic)
  /// ResNet-50.
  package static let resNet50 = resNet("resnet50", blocks: [3, 4, 6, 3], .bottleneck(width: 1))
  /// ResNet-101.
  package static let resNet101 = resNet("resnet101", blocks: [3, 4, 23, 3], .bottleneck(width: 1))
  /// Wide ResNet-50-2: twice as wide inside its blocks as ResNet-50.
  package static let wideResNet50 = resNet(
    "wide_resnet50_2", blocks: [3, 4, 6, 3], .bottleneck(width: 2))

  /// A residual network with that many blocks in each of its four stages.
  private static func resNet(
    _ name: String, blocks: [Int], _ kind: ResidualBlock
  ) -> Architecture {
    Architecture(name, preprocessing: .torchvision(), classifier: "fc") { network in
      network.normedConvolution(("conv1", "bn1"), 64, kernel: 7, stride: 2)
      network.append("relu", .activation(.relu))
      network.append("maxpool", .maxPool(Pooling(kernel: 3, stride: 2, padding: Padding(1))))
      for (stage, count) in blocks.enumerated() {
        for block in 0..<count {
          network.residualBlock(
            "layer\(stage + 1).\(block)", 64 << stage, stride: stage > 0 && block == 0 ? 2 : 1,
            kind)
        }
      }
      network.pooledFeatures(pool: "avgpool", flatten: "flatten")
    }
  }
}

/// What stands beside the shortcut.
private enum ResidualBlock {
  /// Two 3x3 convolutions: torchvision's `BasicBlock`.
  case basic
  /// A 3x3 convolution between two of 1x1, `width` times as wide as in ResNet-50: torchvision's
  /// `Bottleneck`.
  case bottleneck(width: Int)

  /// Kernel, output channels and stride of each convolution.
  func convolutions(_ channels: Int, stride: Int) -> [(kernel: Int, channels: Int, stride: Int)] {
    switch self {
    case .basic: [(3, channels, stride), (3, channels, 1)]
    case .bottleneck(let width):
      [(1, channels * width, 1), (3, channels * width, stride), (1, channels * 4, 1)]
    }
  }
}

extension NetworkBuilder {
  /// Convolutions beside a shortcut, which is a 1x1 convolution where the shape changes.
  fileprivate mutating func residualBlock(
    _ name: String, _ channels: Int, stride: Int, _ kind: ResidualBlock
  ) {
    let (input, inChannels) = (last, shape[0])
    let convolutions = kind.convolutions(channels, stride: stride)
    for (index, it) in convolutions.enumerated() {
      normedConvolution(
        ("\(name).conv\(index + 1)", "\(name).bn\(index + 1)"), it.channels, kernel: it.kernel,
        stride: it.stride)
      if index < convolutions.count - 1 { append("\(name).relu", .activation(.relu)) }
    }
    let (residual, outChannels) = (last, shape[0])
    var shortcut = input
    if stride != 1 || inChannels != outChannels {
      normedConvolution(
        ("\(name).downsample.0", "\(name).downsample.1"), outChannels, kernel: 1, stride: stride,
        reading: input)
      shortcut = last
    }
    append("\(name).add", .add, reading: [residual, shortcut])
    append("\(name).relu", .activation(.relu))
  }
}
