private import Tensors

extension Architecture {
  /// A small plain network for pictures of 64 pixels, to be trained from scratch: four stages of
  /// two 3x3 convolutions with batch norm, as VGG's, each halved by a maximum.
  package static let convNet = Architecture(
    "convnet", preprocessing: .torchvision(shortSide: 72, size: 64), classifier: "fc"
  ) { network in
    for (stage, channels) in [32, 64, 128, 256].enumerated() {
      for index in 0..<2 {
        let name = "stages.\(stage).\(index)"
        network.normedConvolution(("\(name).conv", "\(name).bn"), channels, kernel: 3)
        network.append("\(name).relu", .activation(.relu))
      }
      network.append("stages.\(stage).pool", .maxPool(Pooling(kernel: 2, stride: 2)))
    }
    network.pooledFeatures(pool: "global_pool", flatten: "flatten")
  }
}
