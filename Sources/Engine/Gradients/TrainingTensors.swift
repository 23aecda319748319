import Diagnostics
import Networks
import Tensors

/// Where a number that a training step reads or writes stands.
enum TrainingPlace: Hashable {
  /// A buffer of the arena, by its number.
  case buffer(Int)
  /// The batch, where the caller has it.
  case input
  /// The caller's weights and biases, from that element on.
  case parameters(Int)
  /// The caller's running statistics, from that element on.
  case statistics(Int)
  /// The gradients of ``parameters(_:)``, from that element on.
  case gradients(Int)
  /// What stays, from that element on.
  case constants(Int)
}

/// Where the tensors of the layers stand in the flat vectors.
struct TrainingTensors {
  typealias Slot = TrainingNetwork.Slot

  /// Weights and biases of trainable layers, one behind the other.
  let parameters: [Slot]
  /// Running mean and variance of trainable batch norms, one behind the other.
  let buffers: [Slot]
  /// The tensors of all other layers, each at the beginning of a cache line.
  let constants: [Slot]
  private let places: [String: TrainingPlace]

  init(layers: [Layer], trainable: Set<String>) {
    var parameters: [Slot] = []
    var buffers: [Slot] = []
    var constants: [Slot] = []
    var places: [String: TrainingPlace] = [:]
    func append(_ tensor: TensorSpecification, of layer: Layer, to slots: inout [Slot]) -> Int {
      let start = slots.last?.range.upperBound ?? 0
      slots.append(
        Slot(
          name: tensor.name, layer: layer.name, shape: tensor.shape,
          range: start..<start + tensor.shape.elementCount))
      return start
    }
    for layer in layers {
      for tensor in layer.tensors where tensor.scalarType == .float32 {
        if !trainable.contains(layer.name) {
          let line = ArenaPlan.alignment / MemoryLayout<Float>.stride
          let start = ((constants.last?.range.upperBound ?? 0) + line - 1) / line * line
          constants.append(
            Slot(
              name: tensor.name, layer: layer.name, shape: tensor.shape,
              range: start..<start + tensor.shape.elementCount))
          places[tensor.name] = .constants(start)
        } else if tensor.role == .parameter {
          places[tensor.name] = .parameters(append(tensor, of: layer, to: &parameters))
        } else {
          places[tensor.name] = .statistics(append(tensor, of: layer, to: &buffers))
        }
      }
    }
    self.parameters = parameters
    self.buffers = buffers
    self.constants = constants
    self.places = places
  }

  /// Where a layer's tensor is.
  ///
  /// - Precondition: the layer owns a tensor of that name.
  func place(of layer: Layer, _ part: String) -> TrainingPlace {
    let name = part.isEmpty ? layer.name : "\(layer.name).\(part)"
    guard let place = places[name] else { preconditionFailure("\(name) is a layer's tensor") }
    return place
  }

  /// Where the gradient of a trainable layer's tensor goes.
  ///
  /// - Precondition: the layer is trainable.
  func gradient(of layer: Layer, _ part: String) -> TrainingPlace {
    guard case .parameters(let start) = place(of: layer, part) else {
      preconditionFailure("only what trains has a gradient")
    }
    return .gradients(start)
  }

  /// The numbers of ``constants``.
  ///
  /// - Throws: `wrong_architecture` when one is missing or has another shape, or `engine_failed`
  ///   without memory.
  func storedConstants(
    of layers: [Layer], from tensors: StateDict
  ) throws(RegistryError) -> AlignedBytes {
    let count = constants.last?.range.upperBound ?? 0
    let bytes = try AlignedBytes(byteCount: count * MemoryLayout<Float>.stride)
    let floats = bytes.base.bindMemory(to: Float.self, capacity: count)
    let layers = Dictionary(layers.map { ($0.name, $0) }) { first, _ in first }
    for slot in constants {
      guard let layer = layers[slot.layer],
        let index = layer.tensors.firstIndex(where: { $0.name == slot.name })
      else { continue }
      let numbers = try tensors.floats(of: layer, index)
      (floats + slot.range.lowerBound).update(from: numbers, count: numbers.count)
    }
    return bytes
  }
}
