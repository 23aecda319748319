/// Where an image is, and which models it had a part in.
public struct TraceResult: Codable, Sendable {
  /// The SHA-256 of the image's file, in hexadecimal.
  public var digest: String
  /// The dataset versions that hold the image, the newest first.
  public var datasets: [Occurrence]
  /// The models that were trained on it and all their descendants, the oldest first.
  public var models: [Influence]

  /// The image in a dataset version.
  public struct Occurrence: Codable, Sendable, Hashable {
    /// The dataset's name.
    public var dataset: String
    /// The version.
    public var version: Int
    /// The label that the image has there.
    public var label: String
    /// `train`, `validation` or `test`.
    public var split: String
    /// The path that it was imported from.
    public var path: String
    /// Whether the dataset version is deleted.
    public var deleted: Bool
  }

  /// A model version that the image had a part in.
  public struct Influence: Codable, Sendable, Hashable {
    /// The model's name.
    public var model: String
    /// The version.
    public var version: Int
    /// The run that made it.
    public var run: String?
    /// Whether it was itself trained on the image.
    public var relation: Relation
    /// The split that the image had in the training: its own, or for a descendant that of its
    /// bases.
    ///
    /// Weights are fitted to `train` and chosen by `validation`; `test` leaves no mark on them.
    public var split: String
    /// The split that the image had in the trainings of the bases, if any had it; of several the
    /// one that tells the weights most, `train` before `validation` before `test`.
    public var inheritedSplit: String?
    /// Whether the version is deleted.
    public var deleted: Bool

    /// The version's name.
    public var name: ModelName { ModelName(model: model, version: version) }
  }

  /// How a model is related to an image.
  public enum Relation: String, Codable, Sendable {
    /// The run that made the version read a dataset version that holds the image.
    case trained
    /// A base of the version was trained on the image, and the version itself was not.
    case descendant
  }
}
