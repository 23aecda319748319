private import Networks
private import Tensors

extension Registry {
  /// Compares two model versions layer by layer.
  ///
  /// - Throws: `unknown_model`, `missing_object`.
  public func difference(_ a: String, _ b: String) throws -> ModelDifference {
    let first = try load(a, tensors: { _ in false })
    let second = try load(b, tensors: { _ in false })
    let comparison = LayerComparison(
      from: first.network, first.digests, labels: first.labels, to: second.network,
      second.digests, labels: second.labels)
    let layers = Dictionary(
      uniqueKeysWithValues: second.network.layersWithTensors.map { ($0.name, $0) })
    // Digests tell what is the same; numbers are read of the rest only.
    let retrained = Set(
      comparison.entries.filter { $0.status == .retrained }
        .flatMap { layers[$0.name]?.tensors.map(\.name) ?? [] })
    let before = try tensors(of: first, named: retrained)
    let after = try tensors(of: second, named: retrained)
    return ModelDifference(
      a: first.name, b: second.name,
      layers: comparison.entries.map { entry in
        .init(
          name: entry.name, status: entry.status,
          relativeChange: layers[entry.name].flatMap { layer in
            relativeChange(of: layer, entry.status, before, after)
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
      let (tensorChange, tensorLength) = new.squaredChange(from: old)
      change += tensorChange
      length += tensorLength
    }
    return length > 0 ? (change / length).squareRoot() : nil
  }
}
