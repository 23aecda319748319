import Diagnostics
import Networks
import Tensors

/// The layers of a head as steps over rows of numbers, with offsets into one parameter vector.
struct HeadPlan: Sendable {
  /// What happens to a row.
  enum Step: Sendable {
    /// `y = x Wᵀ + b`, with the offsets of both.
    case linear(inWidth: Int, outWidth: Int, weight: Int, bias: Int?)
    /// `min(max(x, 0), upper)`
    case clamp(upper: Float)
    /// Zeroes a share of the elements in training.
    case dropout(rate: Float)
  }

  let steps: [Step]
  let parameters: ParameterLayout
  /// How many features go in.
  let featureCount: Int
  /// How many logits come out.
  let labelCount: Int

  /// The widths between the steps: of the features, then of what each step makes.
  let widths: [Int]

  /// Whether there is more than one layer with weights, so that the loss is not convex.
  var hasHiddenLayer: Bool {
    steps.count { if case .linear = $0 { true } else { false } } > 1
  }

  /// Whether training draws random numbers in the forward pass.
  var hasDropout: Bool {
    steps.contains { if case .dropout(let rate) = $0 { rate > 0 } else { false } }
  }

  /// The linear layer that reads the features.
  var firstLinear: (inWidth: Int, outWidth: Int, weight: Int, bias: Int?)? {
    for case .linear(let inWidth, let outWidth, let weight, let bias) in steps {
      return (inWidth, outWidth, weight, bias)
    }
    return nil
  }

  /// Whether features may be shifted and scaled before the head: nothing but dropout stands
  /// before its first linear layer, whose weights can take both up.
  var allowsScaling: Bool {
    for step in steps {
      switch step {
      case .linear: return true
      case .clamp: return false
      case .dropout: continue
      }
    }
    return false
  }

  /// - Throws: `malformed_head` unless the layers are a chain of linear layers, activations and
  ///   dropouts that ends in a linear layer.
  init(head: [Layer]) throws(RegistryError) {
    var steps: [Step] = []
    var parameters = ParameterLayout()
    var widths: [Int] = []
    for (index, layer) in head.enumerated() {
      guard layer.inputs.count == 1, index == 0 || layer.inputs[0] == head[index - 1].name else {
        throw Self.unsupported(layer, "does not follow on the layer before it")
      }
      switch layer.operation {
      case .linear(let linear):
        guard widths.last.map({ $0 == linear.inFeatures }) ?? true else {
          throw Self.unsupported(layer, "does not fit the width of the layer before it")
        }
        if widths.isEmpty {
          widths = [Int](repeating: linear.inFeatures, count: steps.count + 1)
        }
        let tensors = layer.tensors
        let weight = parameters.append(tensors[0].name, tensors[0].shape)
        let bias = linear.bias ? parameters.append(tensors[1].name, tensors[1].shape) : nil
        steps.append(
          .linear(
            inWidth: linear.inFeatures, outWidth: linear.outFeatures, weight: weight, bias: bias))
        widths.append(linear.outFeatures)
        continue
      case .activation(.relu): steps.append(.clamp(upper: .infinity))
      case .activation(.relu6): steps.append(.clamp(upper: 6))
      case .dropout(let rate): steps.append(.dropout(rate: rate))
      case .flatten: continue
      default: throw Self.unsupported(layer, "cannot be trained on features")
      }
      if let width = widths.last { widths.append(width) }
    }
    guard let features = widths.first, let labels = widths.last, case .linear? = steps.last else {
      throw RegistryError(
        .malformedHead, "The head does not end in a linear layer.",
        place: head.last.map { Place(layer: $0.name) }, remedy: "Derive the model with a new head.")
    }
    self.steps = steps
    self.parameters = parameters
    self.widths = widths
    featureCount = features
    labelCount = labels
  }

  private static func unsupported(_ layer: Layer, _ reason: String) -> RegistryError {
    RegistryError(
      .malformedHead, "The layer \(layer.name) of the head \(reason).",
      place: Place(layer: layer.name),
      remedy: "Use a head of linear layers, activations and dropouts, one after the other.")
  }
}
