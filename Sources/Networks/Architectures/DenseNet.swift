private import Tensors

extension Architecture {
  /// DenseNet-121 (Huang et al., 2016, arXiv:1608.06993) with the names of torchvision and timm.
  package static let denseNet121 = Architecture(
    "densenet121", preprocessing: .torchvision(), classifier: "classifier"
  ) { network in
    network.normedConvolution(("features.conv0", "features.norm0"), 64, kernel: 7, stride: 2)
    network.append("features.relu0", .activation(.relu))
    network.append("features.pool0", .maxPool(Pooling(kernel: 3, stride: 2, padding: Padding(1))))
    for (block, layers) in [6, 12, 24, 16].enumerated() {
      if block > 0 {
        let name = "features.transition\(block)"
        network.preactivatedConvolution(
          norm: "\(name).norm", "\(name).relu", "\(name).conv", network.shape[0] / 2, kernel: 1)
        network.append("\(name).pool", .averagePool(Pooling(kernel: 2, stride: 2)))
      }
      for layer in 0..<layers {
        network.denseLayer("features.denseblock\(block + 1).denselayer\(layer + 1)", growth: 32)
      }
    }
    network.batchNorm("features.norm5")
    network.append("relu", .activation(.relu))
    network.pooledFeatures(pool: "avgpool", flatten: "flatten")
  }
}

extension NetworkBuilder {
  /// Puts `growth` channels behind all that there are, from these.
  fileprivate mutating func denseLayer(_ name: String, growth: Int) {
    let input = last
    preactivatedConvolution(
      norm: "\(name).norm1", "\(name).relu1", "\(name).conv1", 4 * growth, kernel: 1)
    preactivatedConvolution(
      norm: "\(name).norm2", "\(name).relu2", "\(name).conv2", growth, kernel: 3)
    append("\(name).cat", .concatenate, reading: [input, last])
  }

  /// Batch norm and relu before a convolution.
  fileprivate mutating func preactivatedConvolution(
    norm: String, _ activation: String, _ convolution: String, _ channels: Int, kernel: Int
  ) {
    batchNorm(norm)
    append(activation, .activation(.relu))
    self.convolution(convolution, channels, kernel: kernel, padding: .symmetric)
  }
}
