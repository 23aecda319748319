package import Tensors

extension Architecture {
  /// A Python library that makes networks by name.
  package enum Library: String, Sendable {
    case timm
    case torchvision
  }

  /// Where others find the network.
  package struct PublicName: Equatable, Sendable {
    package let library: Library
    /// The name in that library.
    package let name: String
  }

  /// The library that makes the same network with the same state dict, and its name there; timm where
  /// both do.
  ///
  /// `nil` for what only Registry has. For weights with efficientnet-pytorch's names it is the network
  /// of timm that ``tensorNames(of:labels:input:)`` has the names of.
  package var publicName: PublicName? {
    if name.hasPrefix("timm_") {
      return PublicName(library: .timm, name: String(name.dropFirst("timm_".count)))
    }
    if hasPortNames { return PublicName(library: .timm, name: "tf_" + name) }
    if name == Architecture.convNet.name { return nil }
    let isTimms =
      name.hasPrefix("tf_") || name.hasSuffix("_100") || name.hasPrefix("vit_")
      || name.hasPrefix("resnet") || name.hasPrefix("wide_resnet") || name.hasPrefix("densenet")
    return PublicName(library: isTimms ? .timm : .torchvision, name: name)
  }

  /// The names that tensors have in the library of ``publicName``, for those that are called
  /// otherwise there.
  ///
  /// - Parameters:
  ///   - network: a network of this plan.
  ///   - labels: how many outputs it has.
  ///   - input: the shape of what it reads, `[3, H, W]`.
  /// - Returns: `nil` when the network's head is not the plan's, so that the library has none like it.
  package func tensorNames(
    of network: Network, labels: Int, input: Shape
  ) -> [String: String]? {
    let names = network.tensors.map(\.name)
    guard self.network(labels: labels, input: input).tensors.map(\.name) == names else {
      return nil
    }
    guard hasPortNames, let publicName,
      let other = Self.all.first(where: { $0.name == publicName.name })
    else { return [:] }
    // Both describe the same layers in the same order.
    let others = other.network(labels: labels, input: input).tensors.map(\.name)
    return Dictionary(uniqueKeysWithValues: zip(names, others))
  }

  /// Whether tensors are called as in efficientnet-pytorch.
  private var hasPortNames: Bool { classifier == "_fc" }
}
