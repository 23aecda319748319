private import Tensors

// ConvNeXt (Liu et al., 2022, arXiv:2201.03545) with torchvision's names and with timm's. Both
// compute the same. Linear layers and norms stand between transpositions that put the channels
// last.
extension Architecture {
  /// ConvNeXt tiny and small, each with torchvision's names and with timm's.
  static let convNeXts = [
    convNeXt("tiny", shortSide: 236, blocks: [3, 3, 9, 3], stochasticDepth: 0.1, .torchvision),
    convNeXt("tiny", shortSide: 235, blocks: [3, 3, 9, 3], stochasticDepth: 0.1, .timm),
    convNeXt("small", shortSide: 230, blocks: [3, 3, 27, 3], stochasticDepth: 0.4, .torchvision),
    convNeXt("small", shortSide: 235, blocks: [3, 3, 27, 3], stochasticDepth: 0.4, .timm),
  ]

  private static func convNeXt(
    _ size: String, shortSide: Int, blocks: [Int], stochasticDepth: Float, _ names: ConvNeXtNaming
  ) -> Architecture {
    let name = "convnext_\(size)"
    return Architecture(
      names.isTimm ? "timm_\(name)" : name, alias: names.isTimm ? name : nil,
      preprocessing: .torchvision(
        shortSide: shortSide, interpolation: names.isTimm ? .bicubic : .bilinear),
      classifier: names.classifier
    ) { network in
      network.convolution(
        "\(names.stem).0", 96, kernel: 4, stride: 4, padding: .exactly(0), bias: true)
      network.channelNorm("\(names.stem).1")
      let count = blocks.reduce(0, +)
      var overall = 0
      for (stage, repeats) in blocks.enumerated() {
        if stage > 0 {
          network.channelNorm("\(names.downsample(stage)).0")
          network.convolution(
            "\(names.downsample(stage)).1", 96 << stage, kernel: 2, stride: 2,
            padding: .exactly(0), bias: true)
        }
        for index in 0..<repeats {
          network.convNeXtBlock(
            names.block(stage, index),
            stochasticDepth: stochasticDepth * Float(overall) / Float(count - 1), names)
          overall += 1
        }
      }
      network.pooledFeatures(pool: "avgpool", flatten: "flatten")
      network.layerNorm(names.norm)
    }
  }
}

/// What a library calls the parts of ConvNeXt.
private struct ConvNeXtNaming {
  let isTimm: Bool
  let stem: String
  let downsample: @Sendable (_ stage: Int) -> String
  let block: @Sendable (_ stage: Int, _ index: Int) -> String
  let depthwise: String
  let blockNorm: String
  let expand: String
  let project: String
  let norm: String
  let classifier: String

  static let torchvision = Self(
    isTimm: false, stem: "features.0", downsample: { "features.\(2 * $0)" },
    block: { "features.\(2 * $0 + 1).\($1)" }, depthwise: "block.0", blockNorm: "block.2",
    expand: "block.3", project: "block.5", norm: "classifier.0", classifier: "classifier.2")

  static let timm = Self(
    isTimm: true, stem: "stem", downsample: { "stages.\($0).downsample" },
    block: { "stages.\($0).blocks.\($1)" }, depthwise: "conv_dw", blockNorm: "norm",
    expand: "mlp.fc1", project: "mlp.fc2", norm: "head.norm", classifier: "head.fc")
}

extension NetworkBuilder {
  /// A 7x7 filter for each channel and a perceptron for each pixel, scaled and added to the input.
  fileprivate mutating func convNeXtBlock(
    _ name: String, stochasticDepth: Float, _ names: ConvNeXtNaming
  ) {
    let (input, channels) = (last, shape[0])
    convolution(
      "\(name).\(names.depthwise)", channels, kernel: 7, groups: channels, padding: .symmetric,
      bias: true)
    append("\(name).channels_last", .channelsLast)
    layerNorm("\(name).\(names.blockNorm)")
    linear("\(name).\(names.expand)", 4 * channels)
    append("\(name).act", .activation(.gelu))
    linear("\(name).\(names.project)", channels)
    // The scale is the block's own tensor, of the shape that the library gives it.
    if names.isTimm {
      append(name, .layerScale(LearnedTensor(name: "gamma", shape: [channels])))
      append("\(name).channels_first", .channelsFirst)
    } else {
      append("\(name).channels_first", .channelsFirst)
      append(name, .layerScale(LearnedTensor(name: "layer_scale", shape: [channels, 1, 1])))
    }
    residual(name, with: input, stochasticDepth: stochasticDepth)
  }
}
