private import Catalog

extension Registry {
  /// The models around one, with what each child took from its base.
  ///
  /// - Complexity: O(answer).
  /// - Throws: `unknown_model`.
  public func lineage(
    of reference: String, _ direction: LineageDirection = .both
  ) throws -> LineageGraph {
    var nodes: [LineageGraph.Node] = []
    var edges: [LineageGraph.Edge] = []
    let subject = try visitLineage(
      of: reference, direction, node: { nodes.append($0) }, edge: { edges.append($0) })
    return LineageGraph(subject: subject, nodes: nodes, edges: edges)
  }

  /// Hands on the models around one, the oldest first, and then what each child took from its base,
  /// so that a lineage of any size is written as it is read.
  ///
  /// `visitSubject` is told the version that was asked about before anything else, `visitNode` each
  /// model, and `visitEdge`, after all models, each step from a base to a child.
  ///
  /// - Returns: The version that was asked about.
  /// - Complexity: O(*n* log *n*) in the answer; memory for its row numbers only.
  /// - Throws: `unknown_model`, and what the visitors throw.
  @discardableResult
  public func visitLineage(
    of reference: String, _ direction: LineageDirection = .both,
    subject visitSubject: (ModelName) throws -> Void = { _ in },
    node visitNode: (LineageGraph.Node) throws -> Void,
    edge visitEdge: (LineageGraph.Edge) throws -> Void
  ) throws -> ModelName {
    let model = try catalog.modelVersion(try Reference(parsing: reference))
    let subject = ModelName(model: model.model, version: model.version)
    try visitSubject(subject)
    try catalog.visitLineage(
      of: model.id, ancestors: direction != .descendants, descendants: direction != .ancestors,
      node: { node in
        try visitNode(
          LineageGraph.Node(
            model: node.model, version: node.version, run: node.runID,
            dataset: node.datasets.isEmpty
              ? nil : node.datasets.map(\.description).joined(separator: ","),
            createdAt: node.createdAt.iso8601, deleted: node.isDeleted,
            recalled: node.recalls.map(Recall.init)))
      },
      edge: { step in
        let edge = step.edge
        try visitEdge(
          LineageGraph.Edge(
            base: ModelName(model: step.base.name, version: step.base.version),
            child: ModelName(model: step.child.name, version: step.child.version),
            inheritedLayers: edge.inheritedLayers, retrainedLayers: edge.retrainedLayers,
            addedLayers: edge.addedLayers, droppedLayers: edge.droppedLayers,
            sharedBytes: edge.sharedBytes, newBytes: edge.newBytes))
      })
    return subject
  }

  /// The nearest model that two models descend from, or that is one of them.
  ///
  /// - Complexity: O(steps to it).
  /// - Throws: `unknown_model`.
  public func commonAncestor(of a: String, _ b: String) throws -> CommonAncestor {
    let first = try catalog.modelVersion(try Reference(parsing: a))
    let second = try catalog.modelVersion(try Reference(parsing: b))
    let found = try catalog.commonAncestor(of: first.id, second.id)
    return CommonAncestor(
      a: ModelName(model: first.model, version: first.version),
      b: ModelName(model: second.model, version: second.version),
      commonAncestor: found.map {
        ModelName(model: $0.version.name, version: $0.version.version)
      },
      aDistance: found?.firstSteps, bDistance: found?.secondSteps)
  }
}
