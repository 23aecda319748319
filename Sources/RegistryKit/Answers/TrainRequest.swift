/// How to train what a model's freeze plan leaves trainable; what is `nil` gets the default.
public struct TrainRequest: Codable, Sendable {
  /// The datasets to train on; those that its labels came from if none is given.
  public var datasets: [String]
  /// The most passes over the training images.
  public var epochs: Int?
  /// How many images a step of a stochastic optimizer sees.
  public var batchSize: Int?
  /// `sgd`, `adamw` or, for a head alone, `lbfgs`.
  public var optimizer: String?
  /// The share of the last step that SGD adds to the next.
  public var momentum: Double?
  /// The size of a step.
  public var learningRate: Double?
  /// Whether the learning rate is searched for first.
  public var findsLearningRate = false
  /// How the learning rate changes, for example `one-cycle` or `step:10:0.1`.
  public var schedule: String?
  /// What the learning rate is multiplied by for each block further from the head.
  public var layerDecay: Double?
  /// The strength with which weights are drawn to zero.
  public var weightDecay: Double?
  /// The share of probability that the target spreads over the other labels.
  public var labelSmoothing: Double?
  /// Whether rare labels count for more, so that each label counts the same.
  public var balancesClasses: Bool
  /// Whether each label is shown as often as the others.
  public var balancesSampling = false
  /// The largest norm of the gradient.
  public var maximumGradientNorm: Double?
  /// How many batches make one step.
  public var accumulation: Int?
  /// The parameter of the Beta distribution from which mixup draws.
  public var mixup: Double?
  /// How slowly the moving average of the weights follows them.
  public var averageDecay: Double?
  /// What is done to the training images: a preset or a list, for example `crop=0.5-1,flip=0.5`.
  public var augmentation: String?
  /// How many augmented views of each image are made; a new one in each epoch if not given.
  public var viewCount: Int?
  /// Patterns of layers to train beside those that the model's plan trains, each with the
  /// number of epochs after which they begin, if they wait: `layer4.*`, `layer3.*@5`.
  public var unfreezing: [String] = []
  /// After how many minutes a checkpoint is kept within an epoch.
  public var checkpointMinutes: Double?
  /// After how many epochs without a better validation loss training stops.
  public var patience: Int?
  /// The seed of everything random.
  public var seed: Int
  /// How many threads compute; all cores that the process may use if not given.
  public var threads: Int?
  /// The run to go on with, by its id or a unique beginning of it.
  public var resume: String?
  /// Whether a model that is recalled is trained all the same.
  public var allowsRecalled: Bool?

  /// A request that leaves everything to the defaults.
  public init(
    datasets: [String] = [], epochs: Int? = nil, batchSize: Int? = nil, optimizer: String? = nil,
    learningRate: Double? = nil, schedule: String? = nil, weightDecay: Double? = nil,
    labelSmoothing: Double? = nil, balancesClasses: Bool = false, patience: Int? = nil,
    seed: Int = 0, threads: Int? = nil, resume: String? = nil
  ) {
    self.datasets = datasets
    self.epochs = epochs
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.balancesClasses = balancesClasses
    self.patience = patience
    self.seed = seed
    self.threads = threads
    self.resume = resume
  }
}

/// A network to train from nothing.
public struct ScratchRequest: Sendable {
  /// The name of the architecture.
  public var architecture: String
  /// The model's name.
  public var name: String
  /// Whether the model may exist already and gets another version.
  public var isNewVersion: Bool

  /// A request for a model of that name.
  public init(architecture: String, name: String, isNewVersion: Bool = false) {
    self.architecture = architecture
    self.name = name
    self.isNewVersion = isNewVersion
  }
}
