/// The graph of bases and children around a model version.
package struct Lineage: Hashable, Sendable {
  /// The versions, oldest first.
  package let nodes: [LineageNode]
  /// The steps from a base to a child, in the order of the children.
  package let edges: [LineageEdge]
}

/// A model version in a lineage.
package struct LineageNode: Hashable, Sendable {
  /// The number of its row.
  package let id: Int64
  /// The name of the model.
  package let model: String
  /// The number among the versions of the model.
  package let version: Int
  /// How the version came to be.
  package let origin: ModelOrigin
  /// The name of the architecture.
  package let architecture: String
  /// The run that made it.
  package let runID: String?
  /// The dataset versions that the labels came from.
  package let datasets: [NamedVersion]
  /// The recalls in force that cover it, the oldest first.
  package let recalls: [RecallRecord]
  /// When it was registered.
  package let createdAt: Timestamp
  /// Whether it is deleted.
  package let isDeleted: Bool
}

/// What a child took from its base, and what it did not.
package struct LineageEdge: Hashable, Sendable {
  /// The row of the base.
  package let baseID: Int64
  /// The row of the child.
  package let childID: Int64
  /// How many layers have the base's tensors.
  package let inheritedLayers: Int
  /// How many layers of the base have other tensors in the child.
  package let retrainedLayers: Int
  /// How many layers the base has not.
  package let addedLayers: Int
  /// How many layers of the base are missing in the child.
  package let droppedLayers: Int
  /// The bytes of the tensors that both have.
  package let sharedBytes: Int
  /// The bytes of the tensors that only the child has.
  package let newBytes: Int
}

/// An edge of a lineage with the names at its ends.
package struct LineageStep: Hashable, Sendable {
  /// What the child took from its base.
  package let edge: LineageEdge
  /// The base.
  package let base: NamedVersion
  /// The child.
  package let child: NamedVersion
}
