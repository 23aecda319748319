// VGG (Simonyan and Zisserman, 2014, arXiv:1409.1556) with torchvision's names. The two hidden
// linear layers belong to the backbone. torchvision's adaptive pooling to 7x7 does nothing at 224
// pixels and is left out.
extension Architecture {
  /// VGG with 11, 13, 16 and 19 layers, each without and with batch norm.
  static let vggs: [Architecture] = [
    (11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]),
  ].flatMap { depth, stages in
    [vgg("vgg\(depth)", stages, norm: false), vgg("vgg\(depth)_bn", stages, norm: true)]
  }

  /// A network with that many 3x3 convolutions in each of its five stages.
  private static func vgg(_ name: String, _ stages: [Int], norm: Bool) -> Architecture {
    Architecture(
      name, preprocessing: .torchvision(), classifier: "classifier.6",
      regularization: [("classifier.5", .dropout(rate: 0.5))]
    ) { network in
      var position = 0
      func next() -> String {
        defer { position += 1 }
        return "features.\(position)"
      }
      for (stage, count) in stages.enumerated() {
        for _ in 0..<count {
          network.convolution(
            next(), min(64 << stage, 512), kernel: 3, padding: .symmetric, bias: true)
          if norm { network.batchNorm(next()) }
          network.append(next(), .activation(.relu))
        }
        network.append(next(), .maxPool(Pooling(kernel: 2, stride: 2)))
      }
      network.append("flatten", .flatten)
      network.linear("classifier.0", 4096)
      network.append("classifier.1", .activation(.relu))
      network.append("classifier.2", .dropout(rate: 0.5))
      network.linear("classifier.3", 4096)
      network.append("classifier.4", .activation(.relu))
    }
  }
}
