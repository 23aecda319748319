private import Catalog

/// What a training run did.
public struct TrainResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version that the run made.
  public var version: Int
  /// The version it started from; `nil` when it started from nothing.
  public var base: ModelName?
  /// The run's id.
  public var run: String
  /// How many layers the plan kept as they were, proved by digest.
  public var frozenLayers: Int
  /// How many layers were trained.
  public var trainableLayers: Int
  /// How many epochs ran.
  public var epochs: Int
  /// The metrics of the weights that were kept, by name; `initial_validation_loss` and
  /// `initial_validation_accuracy` are those of the weights that training began with, where these
  /// were trained before.
  public var metrics: [String: Double]
  /// What the user should know before using the version; mostly nothing.
  public var warnings: [TrainWarning]
  /// How many bytes the registry grew by, its catalogue and caches aside.
  public var bytesAdded: Int
  /// How long the run took, in seconds.
  public var seconds: Double
  /// Images of the dataset, over the seconds of the run.
  public var imagesPerSecond: Double
  /// How often the activation cache spared the frozen layers.
  public var cache: CacheUse
  /// The losses by which `--learning-rate auto` chose; absent when the rate was given.
  public var learningRateSearch: LearningRateCurve?
}

/// Something that training succeeded in, but hardly as it was meant.
public struct TrainWarning: Codable, Sendable, Hashable {
  /// `worse_than_before` or `constant_outputs`.
  public var code: String
  /// What was seen, and what to do.
  public var message: String
}

/// The losses of a network at growing learning rates.
public struct LearningRateCurve: Codable, Sendable, Hashable {
  /// The rate that was chosen; `nil` when no rate lowered the loss and the standard one was taken.
  public var suggestion: Double?
  /// The rates that were tried, in order.
  public var points: [Point]

  /// A step of the search.
  public struct Point: Codable, Sendable, Hashable {
    /// The learning rate of the step.
    public var learningRate: Double
    /// The smoothed loss before it.
    public var loss: Double
  }
}

/// How often the activation cache spared the frozen layers.
public struct CacheUse: Codable, Sendable, Hashable {
  /// Images whose features were read.
  public var hits: Int
  /// Images whose features had to be computed.
  public var misses: Int
}

/// How well a model does on a split.
public struct EvaluationResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// Its version.
  public var version: Int
  /// The run that recorded these numbers.
  public var run: String
  /// The dataset version, as `NAME@VERSION`; several are joined by commas.
  public var dataset: String
  /// The split.
  public var split: String
  /// How many images it has.
  public var images: Int
  /// The share of images whose likeliest label is the right one; where labels are independent, of those
  /// all of whose labels are right.
  public var accuracy: Double
  /// The mean cross-entropy in nats; where labels are independent, the binary one over images and labels.
  public var loss: Double
  /// The labels, in the order of the outputs and of the matrix.
  public var labels: [String]
  /// Whether labels are independent, so that an image may have several, or none.
  public var multiLabel: Bool
  /// How many images of each label (row) were taken for each label (column); `nil` where labels are
  /// independent.
  public var confusionMatrix: [[Int]]?
  /// Precision and recall of each label.
  public var perClass: [ClassResult]
  /// The mean of the average precisions of independent labels that some image has.
  public var meanAveragePrecision: Double?
  /// F1 over all pairs of an image and an independent label.
  public var microF1: Double?
  /// The mean F1 of independent labels.
  public var macroF1: Double?
  /// The mean gap between confidence and accuracy over 15 bins of confidence.
  public var expectedCalibrationError: Double
  /// How often the activation cache spared the backbone.
  public var cache: CacheUse
  /// How long it took, in seconds.
  public var seconds: Double
  /// The recalls in force that cover the version, the oldest first.
  public var recalled: [Recall] = []

  /// How well one label is told from the others.
  public struct ClassResult: Codable, Sendable, Hashable {
    /// The label.
    public var label: String
    /// The share of images taken for it that are.
    public var precision: Double
    /// The share of its images that were found.
    public var recall: Double
    /// The harmonic mean of the two.
    public var f1: Double
    /// How many images have it.
    public var support: Int
    /// The area under the precision-recall curve of an independent label, as a sum over thresholds;
    /// `nil` when no image has the label.
    public var averagePrecision: Double?
  }
}

/// The labels of some images.
public struct PredictionResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// Its version.
  public var version: Int
  /// One for each image, in the order asked.
  public var predictions: [Prediction]
  /// The recalls in force that cover the version, the oldest first.
  public var recalled: [Recall] = []

  /// The likeliest labels of one image.
  public struct Prediction: Codable, Sendable {
    /// The image's path as given.
    public var path: String
    /// The likeliest first.
    public var labels: [Candidate]
  }

  /// A label with its probability.
  public struct Candidate: Codable, Sendable {
    /// The label.
    public var label: String
    /// Which output of the network it is, from zero: labels need not be unique.
    public var index: Int
    /// Between zero and one; all outputs add up to one unless labels are independent.
    public var probability: Double
  }
}

/// A run in a list.
public struct RunSummary: Codable, Sendable {
  /// The run's id.
  public var run: String
  /// `train` or `evaluate`.
  public var kind: String
  /// `running`, `finished`, `interrupted` or `failed`.
  public var state: String
  /// The model that it trained or evaluated.
  public var model: String
  /// The version it started from.
  public var base: ModelName?
  /// The version it made.
  public var produced: ModelName?
  /// The datasets, as `NAME@VERSION`.
  public var datasets: [String]
  /// The parameters, by name.
  public var parameters: [String: String]
  /// The last value of each metric, which may be infinite or NaN.
  public var metrics: [String: Double]
  /// The seed.
  public var seed: Int
  /// When it began, ISO 8601, UTC.
  public var startedAt: String
  /// When it ended.
  public var endedAt: String?
  /// How long it took, in seconds.
  public var seconds: Double?
  /// The machine it ran on.
  public var host: [String: String]
  /// The program's version.
  public var program: String
  /// Why it stopped, when it failed.
  public var message: String?
  /// What people marked it with.
  public var tags: [String: String]
  /// What somebody wrote about it.
  public var note: String?
}

/// Which points of a history are wanted.
public enum HistoryRange: Sendable, Hashable {
  /// All of them.
  case all
  /// Those after a step, at most so many of each metric.
  case page(afterStep: Int?, limit: Int)
  /// At most so many of each metric, at least four, which show its course: the first, the last, and
  /// the least and greatest of each stretch between.
  case thinned(points: Int)
}

/// The metrics of a run over time.
public struct MetricHistory: Codable, Sendable {
  /// What the names of metrics begin with that a training run records once, at its end: those of
  /// the weights that it kept, for example `best_validation_accuracy`, and `best_epoch`.
  public static let keptPrefix = MetricPoint.keptPrefix
  /// What the names of metrics begin with that a training run records of the weights that it began
  /// with, at step 0.
  public static let initialPrefix = "initial_"

  /// The run's id.
  public var run: String
  /// The model that it trained or evaluated.
  public var model: String
  /// The version that it made, or that it evaluated.
  public var version: Int?
  /// The points of each metric, by name, in the order of steps.
  public var metrics: [String: [Point]]
  /// The last step of a page when points follow it; `nil` at the end.
  public var next: Int?

  /// A value of a metric at a step.
  public struct Point: Codable, Sendable, Hashable {
    /// The epoch, from one.
    public var step: Int
    /// The value, which may be infinite or NaN.
    ///
    /// A `JSONEncoder` needs a `nonConformingFloatEncodingStrategy` for these; the command line
    /// writes them as `"Infinity"`, `"-Infinity"` and `"NaN"`.
    public var value: Double
    /// When it was measured, ISO 8601, UTC.
    public var time: String
  }
}
