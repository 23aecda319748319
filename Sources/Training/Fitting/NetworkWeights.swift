import Engine
import Networks
import Tensors

/// What training changes of a network: weights and biases, and running statistics, each in one flat
/// vector in the network's order.
///
/// Not `Sendable`: one fit owns it.
final class NetworkWeights {
  /// Weights and biases of trainable layers.
  let parameterSlots: [TrainingNetwork.Slot]
  /// Running means and variances of trainable batch norms.
  let bufferSlots: [TrainingNetwork.Slot]
  /// The counters of batches of trainable batch norms.
  let counterNames: [String]
  let parameters: FloatBuffer
  let buffers: FloatBuffer
  /// The values of the counters.
  var counters: [Int64]

  /// The layers that train, with their first values.
  ///
  /// - Precondition: `tensors` has all that the layers own, as ``LoadReport`` checked.
  init(_ layers: [Layer], trainable: Set<String>, tensors: StateDict) {
    var parameterSlots: [TrainingNetwork.Slot] = []
    var bufferSlots: [TrainingNetwork.Slot] = []
    var counterNames: [String] = []
    var parameters: [Float] = []
    var buffers: [Float] = []
    for layer in layers where trainable.contains(layer.name) {
      for specification in layer.tensors {
        func slot(_ start: Int) -> TrainingNetwork.Slot {
          TrainingNetwork.Slot(
            name: specification.name, layer: layer.name, shape: specification.shape,
            range: start..<start + specification.shape.elementCount)
        }
        if specification.isOptional {
          counterNames.append(specification.name)
        } else if specification.role == .buffer {
          bufferSlots.append(slot(buffers.count))
          buffers += tensors[specification.name]?.floats() ?? []
        } else {
          parameterSlots.append(slot(parameters.count))
          parameters += tensors[specification.name]?.floats() ?? []
        }
      }
    }
    self.parameterSlots = parameterSlots
    self.bufferSlots = bufferSlots
    self.counterNames = counterNames
    self.parameters = FloatBuffer(parameters)
    self.buffers = FloatBuffer(buffers)
    counters = counterNames.map { tensors[$0]?.integer ?? 0 }
  }

  /// The tensors by name, with these numbers or, for an average of the weights, others.
  func tensors(parameters: [Float]? = nil, buffers: [Float]? = nil) -> StateDict {
    let parameters = parameters ?? self.parameters.values
    let buffers = buffers ?? self.buffers.values
    var stateDict = StateDict()
    for (slots, values) in [(parameterSlots, parameters), (bufferSlots, buffers)] {
      for slot in slots {
        stateDict[slot.name] = Tensor(shape: slot.shape, Array(values[slot.range]))
      }
    }
    for (name, count) in zip(counterNames, counters) { stateDict[name] = Tensor(integer: count) }
    return stateDict
  }
}
