import Diagnostics
import Networks
import Tensors

/// A network's layers gathered into steps that one kernel computes each.
///
/// A batch norm joins the convolution before it, and a layer scale the linear layer; then the
/// addition of a shortcut joins; then an activation. A layer joins only when nobody else reads what
/// stands before it. Dropout, stochastic depth, and layers that nothing reads, are gone.
struct FusedGraph {
  /// What one kernel computes.
  struct Step {
    /// The layer that gives the kernel its kind.
    let layer: Layer
    /// The batch norm that is folded into the weights of a convolution, or the layer scale that is
    /// folded into those of a linear layer.
    var norm: Layer?
    /// The values that the layer reads, by their numbers.
    var inputs: [Int]
    /// The value that is added to the result of a convolution or a linear layer.
    var shortcut: Int?
    /// What is done last.
    var activation: Activation?
    /// The number of the value that it makes.
    var output: Int
  }

  /// The steps in an order in which each comes after what it reads.
  private(set) var steps: [Step] = []
  /// The shape of each value for one image; value 0 is the network's input.
  private(set) var shapes: [Shape]
  /// How often each value is read, the last one once more by the caller.
  private(set) var readCounts: [Int] = []
  /// The value that the caller wants: the last layer's.
  let output: Int

  /// - Throws: `malformed_network` when the layers do not make a network.
  init(layers: [Layer], input: Shape) throws(RegistryError) {
    guard let last = layers.last else {
      throw RegistryError(
        .malformedNetwork, "There are no layers to compute.",
        remedy: "Take the image itself where nothing stands before the first trainable layer.")
    }
    let layerShapes = try Network(architecture: "", backbone: layers, head: [])
      .outputShapes(input: input)
    let needed = Self.layersBefore(last.name, in: layers)
    shapes = [input]
    // First the plain graph, numbered, without dropout.
    var values = [Network.inputName: 0]
    var plain: [Step] = []
    for layer in layers where needed.contains(layer.name) {
      let inputs = layer.inputs.compactMap { values[$0] }
      switch layer.operation {
      case .dropout, .stochasticDepth:
        values[layer.name] = inputs[0]
        continue
      default: break
      }
      values[layer.name] = shapes.count
      plain.append(Step(layer: layer, inputs: inputs, output: shapes.count))
      shapes.append(layerShapes[layer.name] ?? [])
    }
    output = values[last.name] ?? 0
    readCounts = [Int](repeating: 0, count: shapes.count)
    for step in plain { for input in step.inputs { readCounts[input] += 1 } }
    readCounts[output] += 1
    for step in plain where !fuse(step) { steps.append(step) }
  }

  /// The names of the layers that a layer depends on, and its own.
  static func layersBefore(_ name: String, in layers: [Layer]) -> Set<String> {
    var needed: Set<String> = [name]
    for layer in layers.reversed() where needed.contains(layer.name) {
      needed.formUnion(layer.inputs)
    }
    return needed
  }

  /// Lets a step join the one before it.
  ///
  /// - Returns: Whether it did.
  private mutating func fuse(_ step: Step) -> Bool {
    switch step.layer.operation {
    case .batchNorm:
      guard let index = soleProducer(of: step.inputs[0]), steps[index].takesNorm else {
        return false
      }
      steps[index].norm = step.layer
      steps[index].output = step.output
      return true
    case .layerScale(let factors):
      guard let index = soleProducer(of: step.inputs[0]), steps[index].takesScale(factors) else {
        return false
      }
      steps[index].norm = step.layer
      steps[index].output = step.output
      return true
    case .activation(let function):
      guard let index = soleProducer(of: step.inputs[0]), steps[index].takesActivation else {
        return false
      }
      steps[index].activation = function
      steps[index].output = step.output
      return true
    case .add:
      let candidates = step.inputs.compactMap { soleProducer(of: $0) }
        .filter { steps[$0].takesShortcut }
      // The later one, so that the other value is there when the sum is computed. It moves to the
      // place of the sum: until there nobody reads it.
      guard let index = candidates.max() else { return false }
      var joined = steps.remove(at: index)
      joined.shortcut = joined.output == step.inputs[0] ? step.inputs[1] : step.inputs[0]
      joined.output = step.output
      steps.append(joined)
      return true
    default:
      return false
    }
  }

  /// The step that makes a value which is read once.
  private func soleProducer(of value: Int) -> Int? {
    guard readCounts[value] == 1 else { return nil }
    return steps.lastIndex { $0.output == value }
  }
}

extension FusedGraph.Step {
  fileprivate var takesNorm: Bool {
    guard case .convolution = layer.operation else { return false }
    return norm == nil && shortcut == nil && activation == nil
  }

  /// Whether there is a factor for each of its outputs.
  fileprivate func takesScale(_ factors: LearnedTensor) -> Bool {
    guard case .linear(let linear) = layer.operation,
      factors.shape.extents.last == linear.outFeatures,
      factors.shape.elementCount == linear.outFeatures
    else { return false }
    return norm == nil && shortcut == nil && activation == nil
  }

  fileprivate var takesShortcut: Bool {
    switch layer.operation {
    // A batch norm that stands alone is a convolution of each channel by itself.
    case .convolution, .batchNorm, .linear: shortcut == nil && activation == nil
    default: false
    }
  }

  fileprivate var takesActivation: Bool {
    switch layer.operation {
    case .convolution, .batchNorm, .linear, .add: activation == nil
    default: false
    }
  }
}
