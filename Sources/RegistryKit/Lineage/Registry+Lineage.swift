private import Catalog

extension Registry {
  /// The models around one, with what each child took from its base.
  ///
  /// - Complexity: O(answer).
  /// - Throws: `unknown_model`.
  public func lineage(
    of reference: String, _ direction: LineageDirection = .both
  ) throws -> LineageGraph {
    let model = try catalog.modelVersion(try Reference(parsing: reference))
    let lineage = try catalog.lineage(
      of: model.id, ancestors: direction != .descendants, descendants: direction != .ancestors)
    var names: [Int64: ModelName] = [:]
    for node in lineage.nodes {
      names[node.id] = ModelName(model: node.model, version: node.version)
    }
    return LineageGraph(
      subject: ModelName(model: model.model, version: model.version),
      nodes: lineage.nodes.map { node in
        .init(
          model: node.model, version: node.version, run: node.runID,
          dataset: node.datasets.isEmpty
            ? nil : node.datasets.map { "\($0.name)@\($0.version)" }.joined(separator: ","),
          createdAt: node.createdAt.iso8601, deleted: node.isDeleted)
      },
      edges: lineage.edges.compactMap { edge in
        guard let base = names[edge.baseID], let child = names[edge.childID] else { return nil }
        return .init(
          base: base, child: child, inheritedLayers: edge.inheritedLayers,
          retrainedLayers: edge.retrainedLayers, addedLayers: edge.addedLayers,
          droppedLayers: edge.droppedLayers, sharedBytes: edge.sharedBytes,
          newBytes: edge.newBytes)
      })
  }
}
