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

  package init(labels: Int, hidden: Int? = nil, dropout: Float = 0) {
    self.labels = labels
    self.hidden = hidden
    self.dropout = dropout
  }

  /// The network with this head on its backbone.
  ///
  /// Names follow the architecture's classifier, here `fc`: a linear head is `fc`, with a dropout
  /// before it when its rate is not zero. A head with a hidden layer is numbered as PyTorch's
  /// `Sequential`: `fc.0` linear, `fc.1` relu, `fc.2` dropout, `fc.3` linear.
  ///
  /// - Throws: `malformed_head` when a number is impossible or the old head has no linear layer.
  package func network(on base: Network) throws(RegistryError) -> Network {
    guard let (features, classifier) = Self.connection(of: base) else {
      throw RegistryError(
        .malformedHead, "The head of \(base.architecture) has no linear layer to replace.",
        place: .subject(base.architecture), remedy: "Derive from a classifier.")
    }
    try check()
    var head: [Layer] = []
    func append(_ name: String, _ operation: Operation) {
      head.append(Layer(name, operation, inputs: [head.last?.name ?? base.featureLayer]))
    }
    if let hidden {
      append("\(classifier).0", .linear(Linear(inFeatures: features, outFeatures: hidden)))
      append("\(classifier).1", .activation(.relu))
      append("\(classifier).2", .dropout(rate: dropout))
      append("\(classifier).3", .linear(Linear(inFeatures: hidden, outFeatures: labels)))
    } else {
      if dropout > 0 {
        append(
          classifier.hasPrefix("_") ? "_dropout" : "dropout", .dropout(rate: dropout))
      }
      append(classifier, .linear(Linear(inFeatures: features, outFeatures: labels)))
    }
    return base.replacingHead(with: head)
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

  /// How many features the head reads, and the name of what classifies.
  private static func connection(of base: Network) -> (features: Int, classifier: String)? {
    let linears = base.head.compactMap { layer in
      if case .linear(let linear) = layer.operation { (layer.name, linear) } else { nil }
    }
    guard let (_, first) = linears.first, let (last, _) = linears.last else { return nil }
    let architecture = Architecture.all.first { $0.name == base.architecture }
    return (first.inFeatures, architecture?.classifier ?? last)
  }
}

extension RegistryError.Code {
  /// A head is asked for that cannot be built.
  package static let malformedHead = Self("malformed_head", .usage)
}

extension Network {
  /// First values for the tensors of the head.
  ///
  /// Weights are uniform in `±1 / sqrt(inputs)`, which is how PyTorch fills a `Linear`
  /// (Kaiming-uniform with `a = sqrt(5)`; He et al., 2015, arXiv:1502.01852); biases are zero.
  /// Each layer draws from a stream of its own, and the same seed gives the same bits.
  package func initialHead(seed: UInt64) -> StateDict {
    var stateDict = StateDict()
    for (index, layer) in head.enumerated() {
      guard case .linear(let linear) = layer.operation else { continue }
      var generator = RandomGenerator(seed: seed, stream: UInt64(index))
      for tensor in layer.tensors {
        stateDict[tensor.name] = Tensor(shape: tensor.shape) { values in
          if tensor.shape.rank == 2 { linear.fill(values[...], with: &generator) }
        }
      }
    }
    return stateDict
  }

  /// The network with more labels than before: the rows of the last linear layer are kept, new
  /// ones are filled as by ``initialHead(seed:)`` and stand behind them.
  ///
  /// - Returns: The network, and the tensors of that one layer; all others stay the base's.
  /// - Throws: `malformed_head` when there is no such layer or its tensors are not given.
  package func extendingHead(
    by newLabels: Int, from tensors: StateDict, seed: UInt64
  ) throws(RegistryError) -> (network: Network, tensors: StateDict) {
    guard newLabels > 0, newLabels <= 1 << 20,
      let index = head.lastIndex(where: { layer in
        if case .linear = layer.operation { true } else { false }
      }),
      case .linear(var linear) = head[index].operation
    else {
      throw RegistryError(
        .malformedHead, "The head of \(architecture) cannot be extended by \(newLabels) labels.",
        remedy: "Extend a classifier by at least one label.")
    }
    let old = head[index]
    let oldRows = linear.outFeatures
    linear.outFeatures += newLabels
    var layers = head
    layers[index] = Layer(old.name, .linear(linear), inputs: old.inputs)
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
        if after.shape.rank == 2 {
          linear.fill(values[(oldRows * linear.inFeatures)...], with: &generator)
        }
      }
    }
    return (replacingHead(with: layers), extended)
  }
}

extension Linear {
  fileprivate func fill(
    _ values: Slice<UnsafeMutableBufferPointer<Float>>, with generator: inout RandomGenerator
  ) {
    let bound = 1 / Float(inFeatures).squareRoot()
    for index in values.indices { values.base[index] = generator.uniform(in: -bound..<bound) }
  }
}
