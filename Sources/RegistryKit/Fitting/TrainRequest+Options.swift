package import Diagnostics
package import Networks
package import Training

extension TrainRequest {
  /// What the request asks of a head's fit, completed with the defaults.
  ///
  /// - Throws: `malformed_training` when a number is out of its range or a name is unknown.
  package func headOptions(for network: Network) throws -> HeadFitOptions {
    var options = HeadFitOptions.standard(for: network.head)
    if let optimizer { options.optimizer = try choice(optimizer, "--optimizer") }
    try set(&options.epochs, epochs, "--epochs", 1...1_000_000)
    try set(&options.batchSize, batchSize, "--batch-size", 1...1_000_000)
    try set(&options.learningRate, learningRate, "--learning-rate", 1e-12...1e6)
    if let schedule { options.schedule = try choice(schedule, "--schedule") }
    if let weightDecay {
      var decay = weightDecay
      try set(&decay, weightDecay, "--weight-decay", 0...1e6)
      options.weightDecay = decay
    }
    try set(&options.labelSmoothing, labelSmoothing, "--label-smoothing", 0...0.999)
    try set(&options.patience, patience, "--patience", 1...1_000_000)
    options.balancesClasses = balancesClasses
    options.seed = UInt64(bitPattern: Int64(seed))
    return options
  }

  /// What the request asks of a network's fit, completed with the defaults.
  ///
  /// - Throws: `malformed_training`, `malformed_augmentation`, `malformed_schedule`.
  package func networkOptions(
    _ standard: NetworkFitOptions, unfreezing: UnfreezeStages?
  ) throws -> NetworkFitOptions {
    var options = standard
    guard optimizer != OptimizerKind.lbfgs.rawValue else {
      throw malformed(
        "--optimizer", "lbfgs", "It fits heads on frozen layers only; use adamw or sgd.")
    }
    if let optimizer { options.optimizer = try choice(optimizer, "--optimizer") }
    if options.optimizer == .sgd {
      (options.learningRate, options.weightDecay) = (1e-2, 1e-4)
    }
    try set(&options.epochs, epochs, "--epochs", 1...1_000_000)
    try set(&options.batchSize, batchSize, "--batch-size", 1...65_536)
    try set(&options.learningRate, learningRate, "--learning-rate", 1e-12...1e6)
    try set(&options.momentum, momentum, "--momentum", 0...0.9999)
    try set(&options.accumulation, accumulation, "--accumulate", 1...65_536)
    try set(&options.weightDecay, weightDecay, "--weight-decay", 0...1e6)
    try set(&options.labelSmoothing, labelSmoothing, "--label-smoothing", 0...0.999)
    if let schedule { options.schedule = try LearningRateSchedule(argument: schedule) }
    options.layerDecay = try checked(layerDecay, "--layer-decay", 1e-6...1) ?? options.layerDecay
    options.maximumGradientNorm =
      try checked(maximumGradientNorm, "--clip-norm", 1e-9...1e9) ?? options.maximumGradientNorm
    options.mixup = try checked(mixup, "--mixup", 1e-3...1e3)
    options.averageDecay = try checked(averageDecay, "--average", 1e-3...0.999_999)
    options.patience = try checked(patience, "--patience", 1...1_000_000)
    options.viewCount = try checked(viewCount, "--cached-views", 1...10_000)
    if let augmentation { options.augmentation = try Augmentation(parsing: augmentation) }
    options.balancesClasses = balancesClasses
    options.balancesSampling = balancesSampling
    options.findsLearningRate = findsLearningRate
    options.unfreezing = unfreezing
    options.seed = UInt64(bitPattern: Int64(seed))
    return options
  }

  /// The first option that only a network's fit has, as it is written; `nil` when a head's fit can
  /// do what is asked.
  package var firstNetworkOption: String? {
    let given: [(Bool, String)] = [
      (optimizer == NetworkFitOptions.Optimizer.sgd.rawValue, "--optimizer sgd"),
      (findsLearningRate, "--learning-rate auto"), (momentum != nil, "--momentum"),
      (schedule.map { ScheduleKind(rawValue: $0) == nil } ?? false, "--schedule"),
      (layerDecay != nil, "--layer-decay"), (balancesSampling, "--balance-sampling"),
      (maximumGradientNorm != nil, "--clip-norm"), (accumulation != nil, "--accumulate"),
      (mixup != nil, "--mixup"), (averageDecay != nil, "--average"),
      (augmentation.map { $0 != "none" } ?? false, "--augment"),
    ]
    return given.first { $0.0 }?.1
  }

  private func checked<Number: Comparable>(
    _ value: Number?, _ option: String, _ range: ClosedRange<Number>
  ) throws -> Number? {
    guard var result = value else { return nil }
    try set(&result, value, option, range)
    return result
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ option: String
  ) throws -> Choice {
    guard let choice = Choice(rawValue: name) else {
      throw malformed(
        option, name, "Use one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return choice
  }

  private func set<Number: Comparable>(
    _ target: inout Number, _ value: Number?, _ option: String, _ range: ClosedRange<Number>
  ) throws {
    guard let value else { return }
    guard range.contains(value) else {
      throw malformed(
        option, "\(value)", "Give a number from \(range.lowerBound) to \(range.upperBound).")
    }
    target = value
  }

  private func malformed(_ option: String, _ value: String, _ remedy: String) -> RegistryError {
    RegistryError(
      .malformedTraining, "\(option) cannot be \(value).", place: .subject(option),
      remedy: remedy)
  }
}

extension RegistryError.Code {
  /// An option of training is out of its range or unknown.
  package static let malformedTraining = Self("malformed_training", .usage)
}
