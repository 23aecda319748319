extension Network {
  /// The name of the layer that makes labels independent.
  private static let sigmoidName = "sigmoid"

  /// Whether the labels are independent.
  ///
  /// Then the head ends in a sigmoid, so that each output is the probability of its label alone. The
  /// outputs of all other heads are logits of one softmax.
  package var hasIndependentLabels: Bool {
    guard let last = head.last, case .activation(.sigmoid) = last.operation else { return false }
    // A gate within a backbone is one too; behind what classifies there is no other.
    return head.count > 1
  }

  /// The network with outputs that are probabilities of independent labels.
  package func withIndependentLabels() -> Network {
    if hasIndependentLabels { return self }
    let input = head.last?.name ?? featureLayer
    return replacingHead(
      with: head + [Layer(Self.sigmoidName, .activation(.sigmoid), inputs: [input])])
  }

  /// The network whose outputs are logits, whether labels are independent or not: what losses and
  /// metrics read.
  package func withoutSigmoid() -> Network {
    hasIndependentLabels ? replacingHead(with: head.dropLast()) : self
  }
}
