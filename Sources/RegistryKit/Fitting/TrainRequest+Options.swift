package import Diagnostics
package import Networks
package import Training

extension TrainRequest {
  /// What the request asks for, completed with the defaults.
  ///
  /// - Throws: `malformed_training` when a number is out of its range or a name is unknown.
  package func options(for network: Network) throws -> HeadFitOptions {
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

extension HeadFitOptions {
  /// The parameters of a run, by the names that PyTorch and MLflow use.
  package func parameters(of model: ModelDraft) -> [String: String] {
    [
      "optimizer": optimizer.rawValue, "epochs": String(epochs), "batch_size": String(batchSize),
      "learning_rate": String(learningRate), "schedule": schedule.rawValue,
      "weight_decay": weightDecay.map { String($0) } ?? "auto",
      "label_smoothing": String(labelSmoothing),
      "balanced_classes": String(balancesClasses), "patience": String(patience),
      "architecture": model.network.architecture,
      "frozen_layers": String(model.freezePlan.frozenLayers.count),
      "trainable_layers": String(model.freezePlan.trainableLayers.count),
      "labels": String(model.labels.count),
    ]
  }
}

extension RegistryError.Code {
  /// An option of training is out of its range or unknown.
  package static let malformedTraining = Self("malformed_training", .usage)
}
