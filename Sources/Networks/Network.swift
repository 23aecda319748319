/// A directed acyclic graph of named layers: the backbone, then the head.
///
/// Layers stand in an order in which each comes after what it reads. The last layer's output is
/// the network's: logits `[N, labels]`.
package struct Network: Codable, Hashable, Sendable {
  /// The name by which layers read the image batch `[N, 3, height, width]`.
  package static let inputName = "input"

  /// The architecture that it was made as, for example `resnet18`.
  package let architecture: String
  /// The layers up to and including the last shared feature layer, whose output is
  /// `[N, features]`, or `[N, C, H, W]` where a convolution classifies.
  package let backbone: [Layer]
  /// The layers after it; the first reads the last of the backbone.
  package let head: [Layer]

  package init(architecture: String, backbone: [Layer], head: [Layer]) {
    self.architecture = architecture
    self.backbone = backbone
    self.head = head
  }

  /// All layers, backbone first.
  package var layers: [Layer] { backbone + head }

  /// The name of the layer whose output the head reads.
  package var featureLayer: String { backbone.last?.name ?? Self.inputName }

  /// The layers that own tensors: those which can be frozen, inherited or retrained.
  package var layersWithTensors: [Layer] { layers.filter { !$0.operation.tensors.isEmpty } }

  /// What the state dict holds, in the order of the layers.
  ///
  /// That is PyTorch's order but for class tokens, position embeddings and layer scales: a PyTorch
  /// module lists what it owns itself before what its children own.
  package var tensors: [TensorSpecification] { layers.flatMap(\.tensors) }

  /// The same backbone with another head.
  package func replacingHead(with head: [Layer]) -> Network {
    Network(architecture: architecture, backbone: backbone, head: head)
  }
}
