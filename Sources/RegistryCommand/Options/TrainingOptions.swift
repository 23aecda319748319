internal import ArgumentParser
internal import RegistryKit

/// How a model is trained; options that are not given are chosen by the registry.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The most passes over the training images.")
  var epochs: Int?

  @Option(help: "Images per step of a stochastic optimizer.")
  var batchSize: Int?

  @Option(help: ArgumentHelp("adamw or lbfgs.", valueName: "name"))
  var optimizer: String?

  @Option(
    help: ArgumentHelp("The size of a step, or auto.", valueName: "rate"),
    transform: LearningRate.init(argument:))
  var learningRate: LearningRate?

  @Option(
    help: ArgumentHelp("How the learning rate falls: constant or cosine.", valueName: "name"))
  var schedule: String?

  @Option(help: ArgumentHelp("How strongly weights are drawn to zero.", valueName: "strength"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "The share of probability, from 0 to 1, that the other labels get in the targets.",
      valueName: "share"))
  var labelSmoothing: Double?

  @Flag(help: "Count each label the same, however many images it has.")
  var balanceClasses = false

  @Option(
    help: ArgumentHelp(
      "Stop after that many epochs without a better validation loss.", valueName: "epochs"))
  var patience: Int?

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  /// A learning rate, or the wish that one is chosen.
  enum LearningRate: Sendable, Equatable {
    case automatic
    case fixed(Double)

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

  mutating func validate() throws {
    try Self.require(epochs, "--epochs")
    try Self.require(batchSize, "--batch-size")
    try Self.require(patience, "--patience")
    try Self.require(threads, "--threads")
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
      (optimizer != nil, "--optimizer"), (learningRate != nil, "--learning-rate"),
      (schedule != nil, "--schedule"), (weightDecay != nil, "--weight-decay"),
      (labelSmoothing != nil, "--label-smoothing"), (balanceClasses, "--balance-classes"),
      (patience != nil, "--patience"), (threads != nil, "--threads"),
    ]
    return given.first { $0.0 }?.1
  }

  /// The request that the options make.
  func request(datasets: [String], seed: Int, resume: String? = nil) -> TrainRequest {
    var rate: Double?
    if case .fixed(let value) = learningRate { rate = value }
    return TrainRequest(
      datasets: datasets, epochs: epochs, batchSize: batchSize, optimizer: optimizer,
      learningRate: rate, schedule: schedule, weightDecay: weightDecay,
      labelSmoothing: labelSmoothing, balancesClasses: balanceClasses, patience: patience,
      seed: seed, threads: threads, resume: resume)
  }
}
