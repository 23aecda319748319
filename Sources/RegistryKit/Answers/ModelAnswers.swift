/// A model and a version, as answers refer to them.
public struct ModelName: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The model's name.
  public var model: String
  /// The version's number, from one.
  public var version: Int

  /// A version of a model.
  public init(model: String, version: Int) {
    self.model = model
    self.version = version
  }

  /// `NAME@VERSION`.
  public var description: String { "\(model)@\(version)" }
}

/// Which file becomes a model.
public struct ModelImportRequest: Sendable {
  /// A safetensors file or a PyTorch state dict.
  public var path: String
  /// The name of the model; a new version of it if it exists.
  public var name: String
  /// The architecture, when the tensor names do not tell.
  public var architecture: String?
  /// A label file in the order of the outputs; without it, labels are those in the file's metadata,
  /// else the outputs' numbers.
  public var labels: String?

  /// A request to find everything else from the file.
  public init(path: String, name: String, architecture: String? = nil, labels: String? = nil) {
    self.path = path
    self.name = name
    self.architecture = architecture
    self.labels = labels
  }
}

/// What importing a model did.
public struct ModelImportResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The new version, or the old one when the file brought nothing new.
  public var version: Int
  /// The architecture that the tensors fit.
  public var architecture: String
  /// How many trainable numbers the network has.
  public var parameters: Int
  /// How many layers own tensors.
  public var layers: Int
  /// How many labels it tells apart.
  public var labels: Int
  /// How many bytes the registry grew by, its catalogue aside.
  public var bytesAdded: Int
}

/// Which model gets a child, and what the child's head is.
public struct DeriveRequest: Sendable {
  /// The base: `NAME`, `NAME@3` or `NAME@alias`.
  public var base: String
  /// The name of the head.
  public var head: String
  /// The child's name; the head's if not given.
  public var name: String?
  /// The datasets whose labels the head tells apart; the one named like the head if none is given.
  public var datasets: [String]
  /// The labels, when no dataset gives them.
  public var labels: [String]?
  /// Whether the base's labels and their weights are kept beside the new ones.
  public var extendsBase: Bool
  /// Which layers stay as the base's.
  public var freeze: FreezeRequest
  /// The width of a hidden layer; without it the head is one linear layer.
  public var hidden: Int?
  /// The share of features that training drops.
  public var dropout: Float?
  /// Whether an existing model of that name gets a new version.
  public var isNewVersion: Bool
  /// The seed of the head's first weights.
  public var seed: Int
  /// Whether a base that is recalled is built on all the same.
  public var allowsRecalled = false

  /// A request for a linear head on a frozen backbone.
  public init(
    base: String, head: String, name: String? = nil, datasets: [String] = [],
    labels: [String]? = nil, extendsBase: Bool = false,
    freeze: FreezeRequest = .backbone, hidden: Int? = nil, dropout: Float? = nil,
    isNewVersion: Bool = false, seed: Int = 0
  ) {
    self.base = base
    self.head = head
    self.name = name
    self.datasets = datasets
    self.labels = labels
    self.extendsBase = extendsBase
    self.freeze = freeze
    self.hidden = hidden
    self.dropout = dropout
    self.isNewVersion = isNewVersion
    self.seed = seed
  }
}

/// What a derivation did.
public struct DeriveResult: Codable, Sendable {
  /// The child's name.
  public var model: String
  /// The child's version.
  public var version: Int
  /// The base it was derived from.
  public var base: ModelName
  /// How many layers the plan keeps as they are.
  public var frozenLayers: Int
  /// How many layers training may change.
  public var trainableLayers: Int
  /// The labels, in the order of the outputs.
  public var labels: [String]
  /// How many bytes the registry grew by, its catalogue aside.
  public var bytesAdded: Int
}

/// A model version in a list.
public struct ModelSummary: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// `imported`, `derived` or `trained`.
  public var origin: String
  /// The architecture.
  public var architecture: String
  /// How many trainable numbers it has.
  public var parameters: Int
  /// The labels, in the order of the outputs.
  public var labels: [String]
  /// The version it was made from.
  public var base: ModelName?
  /// The run that made it.
  public var run: String?
  /// The bytes of its tensors that no older version has.
  public var ownBytes: Int
  /// The bytes of its tensors that it shares with its base.
  public var sharedBytes: Int
  /// When it was registered, ISO 8601, UTC.
  public var createdAt: String
  /// The aliases that point at it.
  public var aliases: [String]
  /// The metrics of its weights in the run that made it, and `best_epoch`, the epoch that they are
  /// from.
  public var metrics: [String: Double]
  /// Its own tags, and the model's for keys that it has not.
  public var tags: [String: String]
  /// Its own note, else the model's.
  public var note: String?
  /// The recalls in force that cover the version, the oldest first.
  public var recalled: [Recall] = []
}

/// One model version with everything that is known about it.
public struct ModelDetails: Codable, Sendable {
  /// The same as in a list.
  public var summary: ModelSummary
  /// What pictures must go through before the network sees them.
  public var preprocessing: PreprocessingSummary
  /// The layers that own tensors, in order.
  public var layers: [LayerSummary]

  /// A layer that owns tensors.
  public struct LayerSummary: Codable, Sendable {
    /// The prefix of its tensors' names.
    public var name: String
    /// What it computes.
    public var kind: String
    /// Whether training leaves it alone, running statistics included.
    public var frozen: Bool
    /// The bytes of its tensors.
    public var bytes: Int
    /// Whether all its tensors are the base's, by digest.
    public var inherited: Bool
  }

  /// What pictures go through.
  public struct PreprocessingSummary: Codable, Sendable {
    /// The length that the short side is resized to, in pixels.
    public var shortSide: Int
    /// The height and width of the centre crop, in pixels.
    public var crop: [Int]
    /// The filter of the resize.
    public var interpolation: String
    /// What is subtracted from values in `0...1`.
    public var mean: [Float]
    /// What they are divided by.
    public var standardDeviation: [Float]
  }
}

/// A plan of a network in a list.
public struct ArchitectureSummary: Codable, Sendable {
  /// The name, as `--architecture` takes it.
  public var architecture: String
  /// How many trainable numbers the network has.
  public var parameters: Int
  /// How many multiplications with an addition one picture costs.
  public var multiplyAdds: Int
  /// The height and width in pixels that it was made for.
  public var input: [Int]
  /// For how many labels these numbers are.
  public var labels: Int
  /// How many layers own tensors.
  public var layers: Int
}
