extension Architecture {
  /// AlexNet in its one-column form (Krizhevsky, 2014, arXiv:1404.5997) with torchvision's names.
  ///
  /// The two hidden linear layers belong to the backbone. torchvision's adaptive pooling to 6x6
  /// does nothing at 224 pixels and is left out.
  package static let alexNet = Architecture(
    "alexnet", preprocessing: .torchvision(), classifier: "classifier.6"
  ) { network in
    let pool = Operation.maxPool(Pooling(kernel: 3, stride: 2))
    network.convolution(
      "features.0", 64, kernel: 11, stride: 4, padding: .exactly(2), bias: true)
    network.append("features.1", .activation(.relu))
    network.append("features.2", pool)
    network.convolution("features.3", 192, kernel: 5, padding: .symmetric, bias: true)
    network.append("features.4", .activation(.relu))
    network.append("features.5", pool)
    for (position, channels) in [(6, 384), (8, 256), (10, 256)] {
      network.convolution(
        "features.\(position)", channels, kernel: 3, padding: .symmetric, bias: true)
      network.append("features.\(position + 1)", .activation(.relu))
    }
    network.append("features.12", pool)
    network.append("flatten", .flatten)
    for position in [0, 3] {
      network.append("classifier.\(position)", .dropout(rate: 0.5))
      network.linear("classifier.\(position + 1)", 4096)
      network.append("classifier.\(position + 2)", .activation(.relu))
    }
  }
}
