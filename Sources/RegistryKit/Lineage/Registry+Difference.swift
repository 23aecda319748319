private import Networks
private import Tensors

extension Registry {
  /// Compares two model versions layer by layer.
  ///
  /// - Throws: `unknown_model`, `missing_object`.
  public func difference(_ a: String, _ b: String) throws -> ModelDifference {
    let first = try load(a)
    let second = try load(b)
    let comparison = LayerComparison(
      from: first.network, first.digests, labels: first.labels, to: second.network,
      second.digests, labels: second.labels)
    let layers = Dictionary(
      uniqueKeysWithValues: second.network.layersWithTensors.map { ($0.name, $0) })
    return ModelDifference(
      a: first.name, b: second.name,
      layers: comparison.entries.map { entry in
        .init(
          name: entry.name, status: entry.status,
          relativeChange: layers[entry.name].flatMap { layer in
            relativeChange(of: layer, entry.status, first.stateDict, second.stateDict)
          })
      },
      sharedBytes: comparison.sharedBytes)
  }

  /// `‖b - a‖ / ‖a‖` over all numbers of a layer, as L2 norms.
  private func relativeChange(
    of layer: Layer, _ status: ModelDifference.Status, _ a: StateDict, _ b: StateDict
  ) -> Double? {
    switch status {
    case .same: return 0
    case .added, .dropped: return nil
    case .retrained: break
    }
    var change = 0.0
    var length = 0.0
    for tensor in layer.tensors {
      guard let old = a[tensor.name], let new = b[tensor.name] else { continue }
      let (before, after) = (old.floats(), new.floats())
      // An extended head has rows that the old one has not: these changed from nothing.
      for (index, value) in after.enumerated() {
        let former = index < before.count ? before[index] : 0
        let difference = Double(value) - Double(former)
        change += difference * difference
        length += Double(former) * Double(former)
      }
    }
    return length > 0 ? (change / length).squareRoot() : nil
  }
}
