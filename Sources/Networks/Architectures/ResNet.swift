private import Tensors

extension Architecture {
  /// ResNet-18 (He et al., 2015, arXiv:1512.03385) with torchvision's names.
  package static let resNet18 = Architecture(
    "resnet18", preprocessing: .torchvision, classifier: "fc"
  ) { network in
    network.convolution("conv1", 64, kernel: 7, stride: 2, padding: .symmetric)
    network.batchNorm("bn1")
    network.append("relu", .activation(.relu))
    network.append("maxpool", .maxPool(Pooling(kernel: 3, stride: 2, padding: Padding(1))))
    for (stage, channels) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        network.basicBlock(
          "layer\(stage + 1).\(block)", channels, stride: stage > 0 && block == 0 ? 2 : 1)
      }
    }
    network.pooledFeatures(pool: "avgpool", flatten: "flatten")
  }
}

extension NetworkBuilder {
  /// torchvision's `BasicBlock`: two 3x3 convolutions beside a shortcut, which is a 1x1
  /// convolution where the shape changes.
  fileprivate mutating func basicBlock(_ name: String, _ channels: Int, stride: Int) {
    let input = last
    let shortcutNeeded = stride != 1 || shape[0] != channels
    convolution("\(name).conv1", channels, kernel: 3, stride: stride, padding: .symmetric)
    batchNorm("\(name).bn1")
    append("\(name).relu", .activation(.relu))
    convolution("\(name).conv2", channels, kernel: 3, padding: .symmetric)
    batchNorm("\(name).bn2")
    let residual = last
    var shortcut = input
    if shortcutNeeded {
      convolution(
        "\(name).downsample.0", channels, kernel: 1, stride: stride, padding: .symmetric,
        reading: input)
      batchNorm("\(name).downsample.1")
      shortcut = last
    }
    append("\(name).add", .add, reading: [residual, shortcut])
    append("\(name).relu", .activation(.relu))
  }
}

extension Preprocessing {
  /// What torchvision's and timm's ImageNet classifiers are trained with.
  fileprivate static let torchvision = Preprocessing(
    shortSide: 256, cropHeight: 224, cropWidth: 224, interpolation: .bilinear,
    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
}
