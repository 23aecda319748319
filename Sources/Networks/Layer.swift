package import Tensors

/// A named node of a ``Network``: an operation and the layers that it reads.
///
/// The name is the prefix of its tensors in the state dict, as torchvision and timm write it:
/// layer `layer1.0.bn1` owns `layer1.0.bn1.weight`.
package struct Layer: Codable, Hashable, Sendable {
  package let name: String
  package let operation: Operation
  /// The names of the layers that it reads, or ``Network/inputName``.
  package let inputs: [String]

  package init(_ name: String, _ operation: Operation, inputs: [String]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
  }

  /// The name of the layer that owns a tensor: all but the last part of the tensor's name, or all
  /// of a name that has one part.
  package static func name(ofTensor name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  /// The tensors it owns, with full state dict names; empty for layers without weights.
  package var tensors: [TensorSpecification] {
    operation.tensors.map {
      TensorSpecification(
        name: $0.name.isEmpty ? name : "\(name).\($0.name)", shape: $0.shape,
        scalarType: $0.scalarType, role: $0.role)
    }
  }
}

/// What a tensor of a layer is called, holds and is for.
package struct TensorSpecification: Hashable, Sendable {
  /// Whether gradients reach it.
  package enum Role: Sendable {
    /// Weights and biases, which an optimizer changes.
    case parameter
    /// Running statistics and counters, which the forward pass changes.
    case buffer
  }

  package let name: String
  package let shape: Shape
  package let scalarType: ScalarType
  package let role: Role

  package init(
    name: String, shape: Shape, scalarType: ScalarType = .float32, role: Role = .parameter
  ) {
    self.name = name
    self.shape = shape
    self.scalarType = scalarType
    self.role = role
  }

  /// Whether a file may lack it: the counter of batches that old batch-norm layers did not have.
  package var isOptional: Bool { name.hasSuffix("num_batches_tracked") }
}
