/// What to compare: ways to train for the labels of a model, on growing parts of its images.
public struct CompareRequest: Sendable {
  /// The model: `NAME`, `NAME@3` or `NAME@alias`, whose backbone and labels are taken.
  public var model: String
  /// The datasets; those that its labels came from if none is given.
  public var datasets: [String]
  /// How many training images of each label a row has; `nil` for all.
  public var imagesPerClass: [Int?]
  /// How many times each row is computed, with other images and other random numbers.
  public var seeds: Int
  /// Epochs of fine-tuning; the registry chooses if not given.
  public var epochs: Int?
  /// Patterns of the layers that fine-tuning trains beside the head; the last blocks if none is
  /// given.
  public var unfreezing: [String]
  /// The architecture that is trained from scratch.
  public var scratchArchitecture: String
  /// Epochs of training from scratch; the registry chooses if not given.
  public var scratchEpochs: Int?
  /// How many threads compute; all cores that the process may use if not given.
  public var threads: Int?

  /// A request that leaves everything to the defaults.
  public init(
    model: String, datasets: [String] = [], imagesPerClass: [Int?] = [1, 2, 5, 10, 20, nil],
    seeds: Int = 5, epochs: Int? = nil, unfreezing: [String] = [],
    scratchArchitecture: String = "convnet", scratchEpochs: Int? = nil, threads: Int? = nil
  ) {
    self.model = model
    self.datasets = datasets
    self.imagesPerClass = imagesPerClass
    self.seeds = seeds
    self.epochs = epochs
    self.unfreezing = unfreezing
    self.scratchArchitecture = scratchArchitecture
    self.scratchEpochs = scratchEpochs
    self.threads = threads
  }
}

/// How well ways to train do on growing parts of the same images.
public struct ComparisonResult: Codable, Sendable {
  /// The model whose backbone and labels were taken.
  public var model: String
  /// Its version.
  public var version: Int
  /// The run that recorded these numbers.
  public var run: String
  /// The dataset version, as `NAME@VERSION`; several are joined by commas.
  public var dataset: String
  /// The labels.
  public var labels: [String]
  /// The split on which accuracy is measured.
  public var split: String
  /// How many images it has.
  public var testImages: Int
  /// How many times each row was computed.
  public var seeds: Int
  /// The rows, by method and then by the number of images.
  public var rows: [Row]
  /// How long everything took, in seconds.
  public var seconds: Double
  /// The recalls in force that cover the model, the oldest first.
  public var recalled: [Recall] = []

  /// A way to train.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// A new head on the frozen backbone.
    case head
    /// The head and the last layers of the backbone.
    case fineTuned = "fine_tuned"
    /// Another network, from random weights.
    case scratch
  }

  /// One way to train on so many images.
  public struct Row: Codable, Sendable {
    /// The way to train.
    public var method: Method
    /// How many training images of each label there were at most; `nil` for all.
    public var imagesPerClass: Int?
    /// How many training images there were.
    public var images: Int
    /// The mean accuracy over the seeds.
    public var accuracy: Double
    /// The sample standard deviation of the accuracy over the seeds; zero for one seed.
    public var accuracyStandardDeviation: Double
    /// The accuracy of each seed.
    public var accuracies: [Double]
    /// The mean time of training, in seconds, without decoding and the frozen layers where these
    /// were cached by a row before.
    public var seconds: Double
    /// How many images passed through what was trained, forward and backward, over all epochs.
    public var imagesSeen: Int
    /// How many bytes of weights the registry would have to store for the result.
    public var bytesStored: Int
  }
}
