/// A dataset version in a list.
public struct DatasetSummary: Codable, Sendable {
  /// The dataset's name.
  public var dataset: String
  /// The version.
  public var version: Int
  /// How many images it has.
  public var images: Int
  /// How many images have each label.
  public var labels: [String: Int]
  /// How many images have no label.
  public var unlabelled: Int
  /// Whether labels are independent, so that an image may have several, or none.
  public var multiLabel: Bool
  /// The share of images that have each label.
  public var shares: [String: Double]
  /// How many times as many images the commonest label has as the rarest; `nil` with fewer than two.
  public var imbalance: Double?
  /// How many images are in each split.
  public var splits: [String: Int]
  /// How many images of each label, the first key, are in each split, the second.
  public var labelSplits: [String: [String: Int]]?
  /// The seed of the draw.
  public var seed: Int
  /// When it was made, ISO 8601, UTC.
  public var createdAt: String
  /// Its own tags, and the dataset's for keys that it has not.
  public var tags: [String: String]
  /// Its own note, else the dataset's.
  public var note: String?
}

/// How two model versions differ, layer by layer.
public struct ModelDifference: Codable, Sendable {
  /// The first version.
  public var a: ModelName
  /// The second version.
  public var b: ModelName
  /// The layers of both that own tensors, in the order of the network.
  public var layers: [LayerDifference]
  /// The bytes of tensors that both have.
  public var sharedBytes: Int

  /// How one layer differs.
  public struct LayerDifference: Codable, Sendable, Hashable {
    /// The prefix of its tensors' names.
    public var name: String
    /// Whether it is the same.
    public var status: Status
    /// The length of the difference over the length of the first, both as L2 norms; zero for
    /// layers that are the same, `nil` for those that only one version has.
    public var relativeChange: Double?
  }

  /// What became of a layer.
  public enum Status: String, Codable, Sendable, CaseIterable {
    /// All tensors have the same digest.
    case same
    /// The tensors have the same shapes and other values.
    case retrained
    /// Only the second version has it.
    case added
    /// Only the first version has it.
    case dropped
  }
}

/// What re-reading the registry found.
public struct VerificationResult: Codable, Sendable {
  /// How many objects were read.
  public var objects: Int
  /// How many bytes they have.
  public var bytes: Int
  /// Objects whose bytes no longer have their digest.
  public var corrupt: [DamagedObject]
  /// Objects that the catalogue names and that are not there.
  public var missing: [DamagedObject]
  /// Objects that nothing in the catalogue names.
  public var unreferenced: [String]
  /// Sentences about rows of the catalogue that contradict each other.
  public var contradictions: [String]

  /// Whether everything is as it should be.
  ///
  /// Unreferenced objects do no harm.
  public var isClean: Bool { corrupt.isEmpty && missing.isEmpty && contradictions.isEmpty }

  /// An object that cannot be trusted, and what it takes with it.
  public struct DamagedObject: Codable, Sendable {
    /// The digest that names it.
    public var object: String
    /// Where it lies.
    public var path: String
    /// `image`, `pack` or `checkpoint`.
    public var kind: String
    /// The model versions that need it, as `NAME@VERSION`.
    public var models: [String]
    /// The layers whose tensors are damaged; for a missing object, all that it held.
    public var layers: [String]
    /// The dataset versions that hold it, as `NAME@VERSION`.
    public var datasets: [String]
  }
}

/// The models around one, with the edges from base to child.
public struct LineageGraph: Codable, Sendable {
  /// The version that was asked about.
  public var subject: ModelName
  /// The versions, oldest first.
  public var nodes: [Node]
  /// From base to child.
  public var edges: [Edge]

  /// A graph that was put together from what ``Registry/visitLineage(of:_:subject:node:edge:)`` tells.
  public init(subject: ModelName, nodes: [Node], edges: [Edge]) {
    self.subject = subject
    self.nodes = nodes
    self.edges = edges
  }

  /// A model version.
  public struct Node: Codable, Sendable, Hashable {
    /// The model's name.
    public var model: String
    /// Its version.
    public var version: Int
    /// The run that made it.
    public var run: String?
    /// The dataset it was trained on, as `NAME@VERSION`; several are joined by commas.
    public var dataset: String?
    /// When it was registered, ISO 8601, UTC.
    public var createdAt: String
    /// Whether it is deleted and stands here as a base of what is not.
    public var deleted: Bool
    /// The recalls in force that cover it, the oldest first.
    public var recalled: [Recall] = []

    /// The node's name.
    public var name: ModelName { ModelName(model: model, version: version) }
  }

  /// What a child took from its base.
  public struct Edge: Codable, Sendable, Hashable {
    /// The version it was derived from.
    public var base: ModelName
    /// The version that was derived.
    public var child: ModelName
    /// How many layers are the base's, by digest.
    public var inheritedLayers: Int
    /// How many layers have other values.
    public var retrainedLayers: Int
    /// How many layers only the child has.
    public var addedLayers: Int
    /// How many layers only the base has.
    public var droppedLayers: Int
    /// The bytes of the tensors that are the base's.
    public var sharedBytes: Int
    /// The bytes of the tensors that are new.
    public var newBytes: Int
  }
}

/// The nearest model that two models descend from.
public struct CommonAncestor: Codable, Sendable {
  /// The first version.
  public var a: ModelName
  /// The second version.
  public var b: ModelName
  /// The nearest version that both descend from, or that is one of them; `nil` if there is none.
  public var commonAncestor: ModelName?
  /// How many steps the first is away from it.
  public var aDistance: Int?
  /// How many steps the second is away from it.
  public var bDistance: Int?
}
