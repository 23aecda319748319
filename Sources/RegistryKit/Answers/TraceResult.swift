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
    /// The label that the image has there, or the first of several; empty without one.
    public var label: String
    /// All of its labels.
    public var labels: [String]
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
    /// The recalls in force that cover the version, the oldest first.
    public var recalled: [Recall] = []

    /// The version's name.
    public var name: ModelName { ModelName(model: model, version: version) }
  }

  /// How a model is related to an image.
  public enum Relation: String, Codable, Sendable, CaseIterable {
    /// The run that made the version read a dataset version that holds the image.
    case trained
    /// A base of the version was trained on the image, and the version itself was not.
    case descendant
  }
}

/// Where the images of a dataset or with a label are, and which models they had a part in.
public struct DatasetTraceResult: Codable, Sendable {
  /// The dataset that was asked about, as `NAME` or `NAME@VERSION`; `nil` for any.
  public var dataset: String?
  /// The label that was asked about; `nil` for any.
  public var label: String?
  /// The dataset versions that hold such images, the newest first.
  public var datasets: [Occurrence]
  /// The models that were trained on them and all their descendants, the oldest first; of a model's
  /// images the strongest split is told, `train` before `validation` before `test`.
  public var models: [TraceResult.Influence]

  /// Such images in a dataset version.
  public struct Occurrence: Codable, Sendable, Hashable {
    /// The dataset's name.
    public var dataset: String
    /// The version.
    public var version: Int
    /// How many there are.
    public var images: Int
    /// How many of them are in each split.
    public var splits: [String: Int]
  }
}

/// The runs that produced a number.
public struct MetricTraceResult: Codable, Sendable {
  /// The name of the metric.
  public var metric: String
  /// The number that was asked about.
  public var value: Double
  /// How far values may be from it and still be written like it.
  public var tolerance: Double
  /// The runs, those whose values are nearest first.
  public var runs: [Origin]

  /// A run whose metric has that value.
  public struct Origin: Codable, Sendable, Hashable {
    /// The run's id.
    public var run: String
    /// `train` or `evaluate`.
    public var kind: String
    /// The model that it trained or evaluated.
    public var model: String
    /// The version that it started from or evaluated.
    public var base: ModelName?
    /// The version that it made.
    public var produced: ModelName?
    /// The datasets, as `NAME@VERSION`.
    public var datasets: [String]
    /// The value.
    public var value: Double
    /// `last`, `least` or `greatest`: which value of the metric's history it is.
    public var statistic: String
    /// When the run began, ISO 8601, UTC.
    public var startedAt: String
  }
}
