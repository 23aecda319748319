import Diagnostics
import Networks
import Tensors

/// The layers of a network, numbered, with what each needs of a backward pass.
struct TrainingGraph {
  /// A layer and the values that it reads and makes, by their numbers.
  struct Node {
    let layer: Layer
    let inputs: [Int]
    let output: Int
    /// Whether its own tensors change.
    let isTrainable: Bool
  }

  /// The layers that the result depends on, in an order in which each comes after what it reads.
  private(set) var nodes: [Node] = []
  /// The shape of each value for one image; value 0 is the input.
  private(set) var shapes: [Shape]
  /// How often each value is read, the last one once more by the caller.
  private(set) var readCounts: [Int] = []
  /// Whether a trainable layer stands at each value or below it, so that its gradient is wanted.
  private(set) var needsGradient: [Bool] = [false]
  /// The value that the loss reads: the last layer's.
  private(set) var output = 0

  /// - Throws: `malformed_network` when the layers do not make a network.
  init(
    layers: [Layer], inputLayer: String, input: Shape, trainable: Set<String>
  ) throws(RegistryError) {
    guard let last = layers.last else {
      throw RegistryError(
        .malformedNetwork, "There are no layers to train.",
        remedy: "Let at least the last layer be trainable.")
    }
    let needed = FusedGraph.layersBefore(last.name, in: layers)
    shapes = [input]
    var values = [inputLayer: 0]
    for layer in layers where needed.contains(layer.name) {
      var inputs: [Int] = []
      for name in layer.inputs {
        guard let value = values[name] else {
          throw RegistryError(
            .malformedNetwork,
            "Layer \(layer.name) reads \(name), which does not come before it.",
            place: Place(layer: layer.name),
            remedy: "List layers in an order in which each comes after what it reads.")
        }
        inputs.append(value)
      }
      let shape: Shape
      do { shape = try layer.operation.outputShape(of: inputs.map { shapes[$0] }) } catch {
        throw error.at(Place(layer: layer.name))
      }
      let isTrainable = trainable.contains(layer.name) && !layer.operation.tensors.isEmpty
      nodes.append(
        Node(layer: layer, inputs: inputs, output: shapes.count, isTrainable: isTrainable))
      values[layer.name] = shapes.count
      needsGradient.append(isTrainable || inputs.contains { needsGradient[$0] })
      shapes.append(shape)
    }
    output = values[last.name] ?? 0
    readCounts = [Int](repeating: 0, count: shapes.count)
    for node in nodes { for input in node.inputs { readCounts[input] += 1 } }
    readCounts[output] += 1
  }

  /// The node that makes a value; `nil` for the input.
  func producer(of value: Int) -> Node? { value == 0 ? nil : nodes[value - 1] }

  /// The node that alone reads a value; `nil` when there are several or the caller reads it.
  func soleReader(of value: Int) -> Node? {
    guard readCounts[value] == 1 else { return nil }
    return nodes.first { $0.inputs.contains(value) }
  }
}
