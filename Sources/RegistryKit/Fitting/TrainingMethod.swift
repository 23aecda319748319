private import Diagnostics
private import Networks
package import Training

/// How a job is trained.
package enum TrainingMethod: Sendable {
  /// The head alone, on the features of a frozen backbone.
  case head(HeadFitOptions)
  /// By gradients through whatever is trainable.
  case network(NetworkFitOptions)

  /// The parameters of a run, by the names that PyTorch, timm and MLflow use.
  package var parameters: [String: String] {
    switch self {
    case .head(let options):
      [
        "optimizer": options.optimizer.rawValue, "epochs": String(options.epochs),
        "batch_size": String(options.batchSize),
        "learning_rate": String(options.learningRate), "schedule": options.schedule.rawValue,
        "weight_decay": options.weightDecay.map { String($0) } ?? "auto",
        "label_smoothing": String(options.labelSmoothing),
        "balanced_classes": String(options.balancesClasses),
        "patience": String(options.patience),
      ]
    case .network(let options): options.parameters
    }
  }
}

extension NetworkFitOptions {
  fileprivate var parameters: [String: String] {
    var parameters = [
      "optimizer": optimizer.rawValue, "epochs": String(epochs), "batch_size": String(batchSize),
      "learning_rate": findsLearningRate ? "auto" : String(learningRate),
      "schedule": "\(schedule)", "weight_decay": String(weightDecay),
      "label_smoothing": String(labelSmoothing), "balanced_classes": String(balancesClasses),
      "balanced_sampling": String(balancesSampling), "augmentation": "\(augmentation)",
    ]
    if optimizer == .sgd { parameters["momentum"] = String(momentum) }
    if accumulation > 1 { parameters["accumulation"] = String(accumulation) }
    func add(_ name: String, _ value: (some LosslessStringConvertible)?) {
      if let value { parameters[name] = String(value) }
    }
    add("clip_norm", maximumGradientNorm)
    add("layer_decay", layerDecay)
    add("mixup", mixup)
    add("average_decay", averageDecay)
    add("patience", patience)
    add("cached_views", viewCount)
    if let unfreezing {
      parameters["unfreeze"] = unfreezing.stages
        .map { "\($0.layers.count) layers after epoch \($0.epoch)" }.joined(separator: ", ")
    }
    return parameters
  }
}

extension Registry {
  /// How a job is trained; its plan then trains what the request unfreezes, too.
  ///
  /// - Throws: `malformed_training`, `unknown_layer`, and what parsing options throws.
  package func trainingMethod(
    of job: inout TrainingJob, _ request: TrainRequest
  ) throws -> TrainingMethod {
    let standard = NetworkFitOptions.standard(isPretrained: job.base != nil)
    let unfreezing = try unfreeze(
      &job, request.unfreezing, epochs: request.epochs ?? standard.epochs)
    let network = job.model.network.withoutSigmoid()
    let head = Set(network.head.map(\.name))
    let isHeadAlone =
      job.base != nil && job.model.freezePlan.trainableLayers.allSatisfy(head.contains)
      && Classifier.isChain(network.head)
    if isHeadAlone, request.firstNetworkOption == nil {
      return .head(try request.headOptions(for: network))
    }
    guard !request.balancesSampling || !job.model.network.hasIndependentLabels else {
      throw RegistryError(
        .malformedTraining,
        "--balance-sampling cannot show labels equally often of which an image may have several.",
        place: .subject("--balance-sampling"), remedy: "Use --balance-classes.")
    }
    return .network(
      try request.networkOptions(standard, unfreezing: unfreezing))
  }

  /// Makes the layers trainable that patterns name, and tells when they begin.
  private func unfreeze(
    _ job: inout TrainingJob, _ patterns: [String], epochs: Int
  ) throws -> UnfreezeStages? {
    guard !patterns.isEmpty else { return nil }
    let stages = try UnfreezeStages(
      arguments: patterns, network: job.model.network,
      subject: job.base?.name.description ?? job.model.name, epochs: epochs)
    job.model.freezePlan.setFrozen(false, where: stages.layers.contains)
    return stages
  }
}
