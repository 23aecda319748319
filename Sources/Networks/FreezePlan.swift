/// Which layers training may change: data of a model version, checked by digest after training.
///
/// It names every layer that owns tensors. A frozen layer keeps all of them bit for bit, its
/// running statistics and counters included: a frozen batch norm normalizes with the statistics it
/// has, in training too.
package struct FreezePlan: Codable, Hashable, Sendable {
  /// What holds for one layer.
  package struct Entry: Codable, Hashable, Sendable {
    package let layer: String
    package var isFrozen: Bool
    /// What the learning rate is multiplied by; without effect while the layer is frozen.
    package var learningRateMultiplier: Float

    package init(_ layer: String, isFrozen: Bool, learningRateMultiplier: Float = 1) {
      self.layer = layer
      self.isFrozen = isFrozen
      self.learningRateMultiplier = learningRateMultiplier
    }
  }

  /// One for each layer with tensors, in the network's order.
  package private(set) var entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The backbone is frozen, the head trains: what a new head needs first.
  package static func backboneFrozen(of network: Network) -> FreezePlan {
    let head = Set(network.head.map(\.name))
    return FreezePlan(
      network.layersWithTensors.map { Entry($0.name, isFrozen: !head.contains($0.name)) })
  }

  /// Everything trains.
  package static func allTrainable(of network: Network) -> FreezePlan {
    FreezePlan(network.layersWithTensors.map { Entry($0.name, isFrozen: false) })
  }

  /// The names of the layers that stay as they are.
  package var frozenLayers: [String] { entries.filter(\.isFrozen).map(\.layer) }

  /// The names of the layers that training may change.
  package var trainableLayers: [String] { entries.filter { !$0.isFrozen }.map(\.layer) }

  /// What holds for a layer; `nil` for one that the plan does not name.
  ///
  /// - Complexity: O(*n*).
  package subscript(layer: String) -> Entry? { entries.first { $0.layer == layer } }

  /// Whether a layer stays as it is; layers that the plan does not name have nothing to change.
  package func isFrozen(_ layer: String) -> Bool { self[layer]?.isFrozen ?? true }

  /// Freezes or releases the layers that the condition holds for.
  package mutating func setFrozen(_ isFrozen: Bool, where condition: (String) -> Bool) {
    for index in entries.indices where condition(entries[index].layer) {
      entries[index].isFrozen = isFrozen
    }
  }

  /// Sets the multiplier of the layers that the condition holds for.
  package mutating func setLearningRateMultiplier(
    _ multiplier: Float, where condition: (String) -> Bool
  ) {
    for index in entries.indices where condition(entries[index].layer) {
      entries[index].learningRateMultiplier = multiplier
    }
  }

  /// Whether the plan names exactly the layers of the network that own tensors.
  package func covers(_ network: Network) -> Bool {
    entries.map(\.layer) == network.layersWithTensors.map(\.name)
  }

  /// The longest run of leading layers that always compute the same for one image, and whose last
  /// output is all that later layers read of them: what an activation cache may hold.
  ///
  /// It ends before the first trainable layer, before dropout in the head or right before that layer,
  /// and never inside a block whose shortcut goes around a trainable layer. Dropout and stochastic
  /// depth between frozen layers do nothing, as their batch norms keep their statistics.
  ///
  /// - Complexity: O(layers).
  package func frozenPrefix(of network: Network) -> [Layer] {
    let layers = network.layers
    let trainable = Set(trainableLayers)
    let firstTrainable =
      layers.firstIndex { trainable.contains($0.name) } ?? layers.count
    let lastFrozen =
      layers[..<firstTrainable].lastIndex { !$0.operation.tensors.isEmpty } ?? -1
    let end =
      layers[..<firstTrainable].indices.first { index in
        switch layers[index].operation {
        // Behind the last frozen weights it is there for the trainable ones.
        case .dropout: index >= network.backbone.count || index > lastFrozen
        case .stochasticDepth: index >= network.backbone.count
        default: false
        }
      } ?? firstTrainable
    // For each layer the last place where it is read; going back from the end, a cut is good when
    // nothing before its last layer is read behind it.
    var position: [String: Int] = [:]
    var lastRead = [Int](repeating: -1, count: layers.count)
    var lastReadOfInput = -1
    for (index, layer) in layers.enumerated() {
      for input in layer.inputs {
        if let source = position[input] {
          lastRead[source] = index
        } else {
          lastReadOfInput = index
        }
      }
      position[layer.name] = index
    }
    var reach = lastReadOfInput
    var best = 0
    for count in 0..<end {
      // The cut behind layer `count`: everything before it must be read by it at the latest.
      if reach <= count { best = count + 1 }
      reach = max(reach, lastRead[count])
    }
    return Array(layers[..<best])
  }
}
