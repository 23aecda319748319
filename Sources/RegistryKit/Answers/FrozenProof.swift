/// Whether a model's frozen layers are those of its bases, bit for bit, back to the imported file.
public struct FrozenProof: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// Whether everything that is claimed holds.
  public var isProven: Bool
  /// The steps from a base to its child, the oldest first.
  public var edges: [Edge]
  /// Where the oldest version came from.
  public var origin: Origin
  /// How many tensors were read again, each once.
  public var tensors: Int
  /// How many bytes they have.
  public var bytes: Int
  /// What does not hold, in sentences.
  public var problems: [String]

  /// A step from a base to a child.
  public struct Edge: Codable, Sendable {
    /// The version it was derived from.
    public var base: ModelName
    /// The version that was derived.
    public var child: ModelName
    /// How many layers the child's freeze plan freezes.
    public var frozenLayers: Int
    /// How many of them have the base's tensors, by digest.
    public var identicalLayers: Int
    /// How many layers in all have the base's tensors.
    public var inheritedLayers: Int
    /// How many layers have other values.
    public var retrainedLayers: Int
    /// How many layers only the child has.
    public var addedLayers: Int
    /// How many layers only the base has.
    public var droppedLayers: Int
  }

  /// Where the oldest version came from.
  public struct Origin: Codable, Sendable {
    /// The version.
    public var model: ModelName
    /// How it came to be: `imported`, `derived` or `trained`.
    public var kind: String
    /// The file that it was imported from.
    public var file: String?
    /// What became of that file.
    public var state: FileState?
  }

  /// How the imported file compares with what was imported.
  public enum FileState: String, Codable, Sendable, CaseIterable {
    /// It has exactly these tensors.
    case identical
    /// It has other tensors.
    case different
    /// It is not there any more.
    case absent
  }

  enum CodingKeys: String, CodingKey {
    case model, version, edges, origin, tensors, bytes, problems
    case isProven = "proven"
  }
}
