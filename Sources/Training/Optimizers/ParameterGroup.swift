package import Engine
package import Networks
private import Tensors

/// Elements of a flat vector of parameters that share a learning rate and a weight decay: what
/// `torch.optim` calls a parameter group.
package struct ParameterGroup: Codable, Hashable, Sendable {
  /// A parameter tensor of the vector.
  package typealias Slot = TrainingNetwork.Slot

  /// The layer that owns the elements.
  package let layer: String
  /// Where they lie in the vector.
  package let range: Range<Int>
  /// What the learning rate is multiplied by.
  package let learningRateMultiplier: Float
  /// Whether weight decay draws them to zero.
  package let decays: Bool

  package init(layer: String, range: Range<Int>, learningRateMultiplier: Float, decays: Bool) {
    self.layer = layer
    self.range = range
    self.learningRateMultiplier = learningRateMultiplier
    self.decays = decays
  }

  /// The groups of a vector, in the order of its tensors.
  ///
  /// Tensors of rank 0 or 1, which are biases and the parameters of norms, do not decay: the rule of
  /// timm's `param_groups_weight_decay`. Neighbours of one layer that are treated alike share a
  /// group. Layers that the plan freezes have none.
  ///
  /// - Parameters:
  ///   - slots: The tensors of the vector, which do not overlap.
  ///   - plan: Which layers train, and their multipliers.
  ///   - multipliers: What a layer's multiplier is multiplied by, as
  ///     ``LayerDecay/multipliers(decay:)`` gives it; 1 for layers that are not named.
  ///   - layersWithoutDecay: Layers of which no tensor decays, as
  ///     ``layersWithoutDecay(of:)`` gives them.
  /// - Returns: Groups that do not overlap.
  package static func groups(
    of slots: some Sequence<Slot>, plan: FreezePlan, multipliers: [String: Float] = [:],
    layersWithoutDecay: Set<String> = []
  ) -> [ParameterGroup] {
    let entries = Dictionary(plan.entries.map { ($0.layer, $0) }) { first, _ in first }
    var groups: [ParameterGroup] = []
    for slot in slots {
      guard let entry = entries[slot.layer], !entry.isFrozen else { continue }
      var group = ParameterGroup(
        layer: slot.layer, range: slot.range,
        learningRateMultiplier: entry.learningRateMultiplier * (multipliers[slot.layer] ?? 1),
        decays: slot.shape.rank > 1 && !layersWithoutDecay.contains(slot.layer))
      if let last = groups.last, last.layer == group.layer, last.decays == group.decays,
        last.range.upperBound == group.range.lowerBound
      {
        group = ParameterGroup(
          layer: group.layer, range: last.range.lowerBound..<group.range.upperBound,
          learningRateMultiplier: group.learningRateMultiplier, decays: group.decays)
        groups.removeLast()
      }
      groups.append(group)
    }
    return groups
  }

  /// The layers of a network whose tensors do not decay although they have more than one dimension:
  /// class tokens and position embeddings, which timm's vision transformers name in
  /// `no_weight_decay`, and factors for each channel, which are vectors in timm.
  package static func layersWithoutDecay(of network: Network) -> Set<String> {
    Set(
      network.layers.filter { layer in
        switch layer.operation {
        case .classToken, .positionEmbedding, .layerScale: true
        default: false
        }
      }.map(\.name))
  }
}
