private import Tensors

// SqueezeNet (Iandola et al., 2016, arXiv:1602.07360) with torchvision's names. Its classifier is a
// convolution.
extension Architecture {
  /// SqueezeNet 1.0, and 1.1, which computes less before its maxima.
  static let squeezeNets = [
    squeezeNet("squeezenet1_0", stem: (channels: 96, kernel: 7), poolsBefore: [0, 3, 7]),
    squeezeNet("squeezenet1_1", stem: (channels: 64, kernel: 3), poolsBefore: [0, 2, 4]),
  ]

  /// A network of eight fire modules, with a maximum before some.
  private static func squeezeNet(
    _ name: String, stem: (channels: Int, kernel: Int), poolsBefore: Set<Int>
  ) -> Architecture {
    Architecture(
      name, preprocessing: .torchvision(), classifier: "classifier.1",
      classifierKind: .pooledConvolution,
      regularization: [("classifier.0", .dropout(rate: 0.5))]
    ) { network in
      network.convolution(
        "features.0", stem.channels, kernel: stem.kernel, stride: 2, padding: .exactly(0),
        bias: true)
      network.append("features.1", .activation(.relu))
      var position = 2
      for (index, channels) in [16, 16, 32, 32, 48, 48, 64, 64].enumerated() {
        if poolsBefore.contains(index) {
          network.maxPoolRoundingUp("features.\(position)", kernel: 3, stride: 2)
          position += 1
        }
        network.fire("features.\(position)", channels)
        position += 1
      }
    }
  }
}

extension NetworkBuilder {
  /// A 1x1 convolution to few channels, then to four times as many by each of a 1x1 and a 3x3
  /// convolution.
  fileprivate mutating func fire(_ name: String, _ channels: Int) {
    convolution("\(name).squeeze", channels, kernel: 1, padding: .symmetric, bias: true)
    append("\(name).squeeze_activation", .activation(.relu))
    let squeezed = last
    var branches: [String] = []
    for kernel in [1, 3] {
      let branch = "\(name).expand\(kernel)x\(kernel)"
      convolution(
        branch, 4 * channels, kernel: kernel, padding: .symmetric, bias: true, reading: squeezed)
      append("\(branch)_activation", .activation(.relu))
      branches.append(last)
    }
    append("\(name).cat", .concatenate, reading: branches)
  }
}
