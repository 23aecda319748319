package import Diagnostics
private import Tensors

/// What a new head looks like: one linear layer, or two with a hidden one between.
package struct HeadSpecification: Codable, Hashable, Sendable {
  /// How many outputs there are.
  package var labels: Int
  /// The width of the hidden layer; `nil` for a linear head.
  package var hidden: Int?
  /// The rate of the dropout before the last linear layer.
  package var dropout: Float
  /// Whether labels are independent of each other.
  package var isMultiLabel: Bool

  package init(
    labels: Int, hidden: Int? = nil, dropout: Float = 0, isMultiLabel: Bool = false
  ) {
    self.labels = labels
    self.hidden = hidden
    self.dropout = dropout
    self.isMultiLabel = isMultiLabel
  }

  /// The network with this head on its backbone.
  ///
  /// Names follow the architecture's classifier, here `fc`: a linear head is `fc`, with a dropout
  /// before it when its rate is not zero. A head with a hidden layer is numbered as PyTorch's
  /// `Sequential`: `fc.0` linear, `fc.1` relu, `fc.2` dropout, `fc.3` linear. What follows on a
  /// classifier that is a convolution stays behind it. A sigmoid ends a head with independent labels.
  ///
  /// - Throws: `malformed_head` when a number is impossible, when the old head has no layer that
  ///   classifies, or when a hidden layer is to stand before a convolution.
  package func network(on base: Network) throws(RegistryError) -> Network {
    guard let old = Self.connection(of: base) else {
      throw RegistryError(
        .malformedHead, "The head of \(base.architecture) has no layer that classifies.",
        place: .subject(base.architecture), remedy: "Derive from a classifier.")
    }
    try check()
    let classifier = old.classifier
    var head: [Layer] = []
    func append(_ name: String, _ operation: Operation) {
      head.append(Layer(name, operation, inputs: [head.last?.name ?? base.featureLayer]))
    }
    if let hidden {
      guard case .linear(let linear) = old.operation else {
        throw RegistryError(
          .malformedHead,
          "The classifier of \(base.architecture) is a convolution, with no place for a hidden "
            + "layer.", place: .subject(base.architecture),
          remedy: "Derive without a hidden layer.")
      }
      append(
        "\(classifier).0", .linear(Linear(inFeatures: linear.inFeatures, outFeatures: hidden)))
      append("\(classifier).1", .activation(.relu))
      append("\(classifier).2", .dropout(rate: dropout))
      append("\(classifier).3", .linear(Linear(inFeatures: hidden, outFeatures: labels)))
    } else {
      if dropout > 0 {
        append(
          classifier.hasPrefix("_") ? "_dropout" : "dropout", .dropout(rate: dropout))
      }
      append(classifier, old.operation.replacingOutputs(with: labels))
      for layer in old.followers { append(layer.name, layer.operation) }
    }
    let network = base.replacingHead(with: head)
    return isMultiLabel ? network.withIndependentLabels() : network.withoutSigmoid()
  }

  private func check() throws(RegistryError) {
    let widths = [labels] + (hidden.map { [$0] } ?? [])
    guard widths.allSatisfy({ (1...1 << 20).contains($0) }), (0..<1).contains(dropout) else {
      throw RegistryError(
        .malformedHead,
        "A head cannot have \(labels) labels"
          + (hidden.map { ", \($0) hidden units" } ?? "") + " and a dropout of \(dropout).",
        remedy: "Ask for 1 to 1048576 labels and hidden units, and a dropout of at least 0 and "
          + "less than 1.")
    }
  }

  /// What reads the features, under the name of what classifies, and what follows on the latter.
  private static func connection(
    of base: Network
  ) -> (classifier: String, operation: Operation, followers: ArraySlice<Layer>)? {
    guard let first = base.head.first(where: { $0.operation.outputs != nil }),
      let last = base.head.lastIndex(where: { $0.operation.outputs != nil })
    else { return nil }
    let architecture = Architecture.all.first { $0.name == base.architecture }
    return (
      architecture?.classifier ?? base.head[last].name, first.operation, base.head[(last + 1)...]
    )
  }
}

extension RegistryError.Code {
  /// A head is asked for that cannot be built.
  package static let malformedHead = Self("malformed_head", .usage)
}

extension Network {
  /// How many labels the head tells apart: the outputs of its last layer with weights; `nil` when
  /// it has none.
  package var labelCount: Int? { head.compactMap(\.operation.outputs).last }

  /// The network with more labels than before: the rows of the layer that classifies are kept,
  /// new ones are filled as by ``initialHead(seed:)`` and stand behind them.
  ///
  /// - Returns: The network, and the tensors of that one layer; all others stay the base's.
  /// - Throws: `malformed_head` when there is no such layer or its tensors are not given.
  package func extendingHead(
    by newLabels: Int, from tensors: StateDict, seed: UInt64
  ) throws(RegistryError) -> (network: Network, tensors: StateDict) {
    guard newLabels > 0, newLabels <= 1 << 20,
      let index = head.lastIndex(where: { $0.operation.outputs != nil }),
      let oldRows = head[index].operation.outputs
    else {
      throw RegistryError(
        .malformedHead, "The head of \(architecture) cannot be extended by \(newLabels) labels.",
        remedy: "Extend a classifier by at least one label.")
    }
    let old = head[index]
    let operation = old.operation.replacingOutputs(with: oldRows + newLabels)
    var layers = head
    layers[index] = Layer(old.name, operation, inputs: old.inputs)
    var generator = RandomGenerator(seed: seed, stream: UInt64(index))
    var extended = StateDict()
    for (before, after) in zip(old.tensors, layers[index].tensors) {
      guard let tensor = tensors[before.name], tensor.shape == before.shape else {
        throw RegistryError(
          .malformedHead, "The tensor \(before.name) \(before.shape) of the old head is not there.",
          place: Place(tensor: before.name), remedy: "Give the tensors of the base.")
      }
      let kept = tensor.floats()
      extended[after.name] = Tensor(shape: after.shape) { values in
        _ = values[..<kept.count].update(fromContentsOf: kept)
        if after.shape.rank > 1 {
          InitialDistribution.kaimingUniform(operation)?
            .fill(values[kept.count...], with: &generator)
        }
      }
    }
    return (replacingHead(with: layers), extended)
  }
}

extension Operation {
  /// How many outputs a layer has that can classify; `nil` for every other kind.
  var outputs: Int? {
    switch self {
    case .linear(let linear): linear.outFeatures
    case .convolution(let convolution): convolution.outChannels
    default: nil
    }
  }

  /// The same with another number of outputs; every other kind stays as it is.
  func replacingOutputs(with outputs: Int) -> Operation {
    switch self {
    case .linear(var linear):
      linear.outFeatures = outputs
      return .linear(linear)
    case .convolution(var convolution):
      convolution.outChannels = outputs
      return .convolution(convolution)
    default: return self
    }
  }
}
