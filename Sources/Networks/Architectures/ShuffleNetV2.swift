private import Tensors

// ShuffleNetV2 (Ma et al., 2018, arXiv:1807.11164) with torchvision's names.
extension Architecture {
  /// ShuffleNetV2 in four widths.
  static let shuffleNetV2s = [
    shuffleNetV2("x0_5", shortSide: 256, stages: [48, 96, 192], head: 1024),
    shuffleNetV2("x1_0", shortSide: 256, stages: [116, 232, 464], head: 1024),
    shuffleNetV2("x1_5", shortSide: 232, stages: [176, 352, 704], head: 1024),
    shuffleNetV2("x2_0", shortSide: 232, stages: [244, 488, 976], head: 2048),
  ]

  private static func shuffleNetV2(
    _ width: String, shortSide: Int, stages: [Int], head: Int
  ) -> Architecture {
    Architecture(
      "shufflenet_v2_\(width)", preprocessing: .torchvision(shortSide: shortSide), classifier: "fc"
    ) { network in
      network.normedConvolution(("conv1.0", "conv1.1"), 24, kernel: 3, stride: 2)
      network.append("conv1.2", .activation(.relu))
      network.append("maxpool", .maxPool(Pooling(kernel: 3, stride: 2, padding: Padding(1))))
      for (stage, channels) in stages.enumerated() {
        for index in 0..<[4, 8, 4][stage] {
          network.shuffleBlock("stage\(stage + 2).\(index)", channels, halves: index == 0)
        }
      }
      network.normedConvolution(("conv5.0", "conv5.1"), head, kernel: 1)
      network.append("conv5.2", .activation(.relu))
      network.pooledFeatures(pool: "mean", flatten: "flatten")
    }
  }
}

/// A convolution with batch norm in a branch of ShuffleNetV2.
private enum BranchStep {
  /// 1x1, then relu.
  case pointwise(channels: Int)
  /// 3x3, each channel for itself.
  case depthwise(stride: Int)
}

extension NetworkBuilder {
  /// Two branches behind each other, shuffled; the first is half of the input, or, where the block
  /// halves height and width, filters all of it as the second does.
  fileprivate mutating func shuffleBlock(_ name: String, _ channels: Int, halves: Bool) {
    let (input, half) = (last, channels / 2)
    let first: String
    if halves {
      branch("\(name).branch1", [.depthwise(stride: 2), .pointwise(channels: half)])
      first = last
    } else {
      append("\(name).chunk", .narrow(Narrow(start: 0, length: half)))
      first = last
      append("\(name).chunk", .narrow(Narrow(start: half, length: half)), reading: [input])
    }
    branch(
      "\(name).branch2",
      [
        .pointwise(channels: half), .depthwise(stride: halves ? 2 : 1),
        .pointwise(channels: half),
      ], reading: halves ? input : last)
    append("\(name).cat", .concatenate, reading: [first, last])
    append("\(name).channel_shuffle", .channelShuffle(groups: 2))
  }

  /// Steps numbered as in a `Sequential`, where each convolution, norm and relu counts.
  private mutating func branch(_ name: String, _ steps: [BranchStep], reading input: String? = nil)
  {
    var position = 0
    func next() -> String {
      defer { position += 1 }
      return "\(name).\(position)"
    }
    var source = input ?? last
    for step in steps {
      switch step {
      case .pointwise(let channels):
        normedConvolution((next(), next()), channels, kernel: 1, reading: source)
        append(next(), .activation(.relu))
      case .depthwise(let stride):
        let channels = shape(of: source)[0]
        normedConvolution(
          (next(), next()), channels, kernel: 3, stride: stride, groups: channels, reading: source)
      }
      source = last
    }
  }
}
