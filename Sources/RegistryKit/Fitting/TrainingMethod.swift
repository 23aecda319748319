package import Diagnostics
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
    if !unfreezing.isEmpty {
      parameters["unfreeze"] = unfreezing.map { "\($0.layers.count) layers at \($0.epoch)" }
        .joined(separator: ", ")
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
    let unfreezing = try unfreeze(&job, request.unfreezing)
    let network = job.model.network
    let head = Set(network.head.map(\.name))
    let isHeadAlone =
      job.base != nil && job.model.freezePlan.trainableLayers.allSatisfy(head.contains)
      && Classifier.isChain(network.head)
    if isHeadAlone, request.firstNetworkOption == nil {
      return .head(try request.headOptions(for: network))
    }
    return .network(
      try request.networkOptions(isPretrained: job.base != nil, unfreezing: unfreezing))
  }

  /// Makes layers trainable, and tells which begin after the first epoch.
  private func unfreeze(
    _ job: inout TrainingJob, _ patterns: [String]
  ) throws -> [NetworkFitOptions.Unfreezing] {
    var later: [NetworkFitOptions.Unfreezing] = []
    for text in patterns {
      let parts = text.split(separator: "@", omittingEmptySubsequences: false)
      guard let pattern = parts.first, parts.count <= 2,
        let epoch = parts.count == 2 ? Int(parts[1]) : 1, epoch >= 1
      else {
        throw RegistryError(
          .malformedTraining, "--unfreeze cannot be \(text).", place: .subject("--unfreeze"),
          remedy: "Give a pattern of layer names, and an epoch behind an @ for a later begin: "
            + "'layer4.*' or 'layer3.*@5'.")
      }
      let glob = LayerPattern(String(pattern))
      let names = job.model.network.layersWithTensors.map(\.name).filter(glob.matches)
      guard !names.isEmpty else {
        throw unknownLayer(String(pattern), job.model.network, "\(job.model.name)")
      }
      let set = Set(names)
      // What the plan trains anyway does so from the first epoch on.
      let frozen = names.filter(job.model.freezePlan.isFrozen)
      job.model.freezePlan.setFrozen(false, where: set.contains)
      if epoch > 1, !frozen.isEmpty { later.append(.init(epoch: epoch, layers: frozen)) }
    }
    return later.sorted { $0.epoch < $1.epoch }
  }
}
