internal import ArgumentParser
internal import RegistryKit

/// How a model is trained; options that are not given are chosen by the registry.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The most passes over the training images.")
  var epochs: Int?

  @Option(help: "Images per step of a stochastic optimizer.")
  var batchSize: Int?

  @Option(help: ArgumentHelp("sgd, adamw or, for a head alone, lbfgs.", valueName: "name"))
  var optimizer: String?

  @Option(
    help: ArgumentHelp("The share of the last step that SGD adds to the next.", valueName: "share"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "The size of a step, or auto: a short search with growing rates.", valueName: "rate"),
    transform: TrainingOptionList.LearningRate.init(argument:))
  var learningRate: TrainingOptionList.LearningRate?

  @Option(
    help: ArgumentHelp(
      """
      How the learning rate changes: constant, cosine, one-cycle, step:EPOCHS:FACTOR or plateau.
      """, valueName: "name"))
  var schedule: String?

  @Option(
    help: ArgumentHelp(
      """
      What the learning rate is multiplied by for each block further from the head, such as 0.75.
      """, valueName: "factor"))
  var layerDecay: Double?

  @Option(
    help: ArgumentHelp(
      """
      Layers to train beside those that the model's plan trains: a pattern such as 'layer4.*', or \
      'layer3.*@5' to begin after five epochs; may be given several times.
      """, valueName: "pattern"), completion: .layer())
  var unfreeze: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What is done to training images: none, light, standard, strong, or a list such as \
      crop=0.5-1,flip=0.5,rotate=10.
      """, valueName: "what"))
  var augment: String?

  @Option(
    help: ArgumentHelp(
      """
      Augmented views of each image, which run through the frozen layers once. (default: a new one \
      in each epoch)
      """, valueName: "number"))
  var cachedViews: Int?

  @Option(
    help: ArgumentHelp(
      "Mix images with each other, by shares drawn from Beta(A, A).", valueName: "A"))
  var mixup: Double?

  @Option(help: ArgumentHelp("The largest norm of the gradient.", valueName: "norm"))
  var clipNorm: Double?

  @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "batches"))
  var accumulate: Int?

  @Option(
    help: ArgumentHelp(
      "Keep a moving average of the weights, which follows them as slowly as this, below 1.",
      valueName: "decay"))
  var average: Double?

  @Option(help: ArgumentHelp("How strongly weights are drawn to zero.", valueName: "strength"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "The share of probability, from 0 to 1, that the other labels get in the targets.",
      valueName: "share"))
  var labelSmoothing: Double?

  @Flag(help: "Count each label the same, however many images it has.")
  var balanceClasses = false

  @Flag(help: "Show each label as often as the others.")
  var balanceSampling = false

  @Option(
    help: ArgumentHelp(
      "Stop after that many epochs without a better validation loss.", valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Keep a checkpoint within an epoch after that many minutes. (default: 10)",
      valueName: "minutes"))
  var checkpointMinutes: Double?

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  mutating func validate() throws {
    try Self.require(epochs, "--epochs")
    try Self.require(batchSize, "--batch-size")
    try Self.require(patience, "--patience")
    try Self.require(threads, "--threads")
    try Self.require(cachedViews, "--cached-views")
    try Self.require(accumulate, "--accumulate")
    if let checkpointMinutes, !(checkpointMinutes >= 0 && checkpointMinutes <= 1e6) {
      throw ValidationError(
        "--checkpoint-minutes must be from 0 to 1000000, not \(checkpointMinutes).")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must be zero or more, not \(weightDecay).")
    }
    if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
      throw ValidationError(
        "--label-smoothing must be at least 0 and less than 1, not \(labelSmoothing).")
    }
  }

  private static func require(_ count: Int?, _ name: String) throws {
    if let count, count < 1 { throw ValidationError("\(name) must be at least 1, not \(count).") }
  }

  /// The first option that was given, as it is written; `nil` when all were left to the registry.
  var firstGiven: String? {
    let given: [(Bool, String)] = [
      (epochs != nil, "--epochs"), (batchSize != nil, "--batch-size"),
      (optimizer != nil, "--optimizer"), (momentum != nil, "--momentum"),
      (layerDecay != nil, "--layer-decay"), (!unfreeze.isEmpty, "--unfreeze"),
      (augment != nil, "--augment"), (cachedViews != nil, "--cached-views"),
      (mixup != nil, "--mixup"), (clipNorm != nil, "--clip-norm"),
      (accumulate != nil, "--accumulate"), (average != nil, "--average"),
      (balanceSampling, "--balance-sampling"),
      (checkpointMinutes != nil, "--checkpoint-minutes"), (learningRate != nil, "--learning-rate"),
      (schedule != nil, "--schedule"), (weightDecay != nil, "--weight-decay"),
      (labelSmoothing != nil, "--label-smoothing"), (balanceClasses, "--balance-classes"),
      (patience != nil, "--patience"), (threads != nil, "--threads"),
    ]
    return given.first { $0.0 }?.1
  }

  /// The options by their names.
  var list: TrainingOptionList {
    var list = TrainingOptionList()
    list.epochs = epochs
    list.batchSize = batchSize
    list.optimizer = optimizer
    list.momentum = momentum
    list.learningRate = learningRate
    list.schedule = schedule
    list.layerDecay = layerDecay
    list.unfreeze = unfreeze.isEmpty ? nil : unfreeze
    list.augment = augment
    list.cachedViews = cachedViews
    list.mixup = mixup
    list.clipNorm = clipNorm
    list.accumulate = accumulate
    list.average = average
    list.weightDecay = weightDecay
    list.labelSmoothing = labelSmoothing
    list.balanceClasses = balanceClasses ? true : nil
    list.balanceSampling = balanceSampling ? true : nil
    list.patience = patience
    list.checkpointMinutes = checkpointMinutes
    list.threads = threads
    return list
  }

  /// The request that the options make.
  func request(datasets: [String], seed: Int, resume: String? = nil) -> TrainRequest {
    var request = TrainRequest(list, datasets: datasets, seed: seed)
    request.resume = resume
    return request
  }
}

extension TrainingOptionList.LearningRate {
  /// The rate that an argument asks for.
  init(argument: String) throws {
    if argument == "auto" {
      self = .automatic
    } else if let rate = Double(argument), rate > 0, rate.isFinite {
      self = .fixed(rate)
    } else {
      throw ValidationError("It must be a number above zero, or auto.")
    }
  }
}
