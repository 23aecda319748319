package import Diagnostics
private import FoundationEssentials
package import Networks
private import Tensors

/// Fits a head to features that were computed before.
///
/// Features are shifted and scaled for the fit, and the scaling is folded into the weights
/// afterwards. The same inputs give the same bits.
///
/// With a validation split the weights with the best validation loss are kept. AdamW, and L-BFGS
/// on a head with a hidden layer, stop when that loss has not become better for some epochs; on a
/// linear head L-BFGS solves one problem for each weight decay, and the loss chooses among the
/// solutions. Without such a split the fit goes on to the end: L-BFGS until its problem, which the
/// weight decay makes well-posed, is solved, AdamW until the last epoch.
///
/// Labels exclude each other, or are independent; then the loss is the mean binary cross-entropy, and an
/// image counts as right when all of its labels are. Losses are means in nats. With balanced classes, every loss weighs its rows as the training
/// does. Label smoothing and weight decay count in what is minimized, not in what is reported.
package struct HeadFit {
  private let plan: HeadPlan
  private let initial: [Float]
  private let training: LabelledFeatures
  private let validation: LabelledFeatures?
  private let options: HeadFitOptions
  private let resuming: FitCheckpoint?
  private let measuresStart: Bool
  private let scaling: FeatureScaling

  /// A fit that can be run.
  ///
  /// - Parameters:
  ///   - head: The layers of the head; the last one has an output for each label.
  ///   - initial: The first weights, by the names of the layers.
  ///   - training: The rows to fit.
  ///   - validation: The rows that choose; none and an empty split are the same.
  ///   - options: How to fit.
  ///   - resuming: Where an earlier fit with the same inputs was left.
  ///   - measuresStart: Whether to measure the validation loss of the first weights, too: sensible
  ///     for weights that were trained before.
  /// - Throws: `malformed_head` when the head cannot be fitted or `initial` does not belong to it,
  ///   `no_training_images`, `too_few_labels`, `non_finite_feature`, `impossible_fit_options`.
  /// - Precondition: all rows have as many features as the head reads, and labels that it has.
  package init(
    head: [Layer], initial: StateDict, training: LabelledFeatures, validation: LabelledFeatures?,
    options: HeadFitOptions, resuming: FitCheckpoint? = nil, measuresStart: Bool = false
  ) throws(RegistryError) {
    plan = try HeadPlan(head: head)
    self.initial = try plan.parameters.values(of: initial)
    self.training = training
    self.validation = validation.flatMap { $0.count > 0 ? $0 : nil }
    self.options = options
    self.resuming = resuming
    self.measuresStart = measuresStart
    for data in [training, validation].compactMap(\.self) where data.count > 0 {
      precondition(data.featureCount == plan.featureCount, "the head reads these features")
      let labels = plan.labelCount
      precondition(data.targets.fit(labelCount: labels), "the head has these labels")
    }
    try options.check(for: plan)
    try Self.check(
      training, validation: self.validation, labelCount: plan.labelCount)
    scaling =
      plan.allowsScaling
      ? FeatureScaling(fitting: training, centers: plan.firstLinear?.bias != nil)
      : FeatureScaling(featureCount: plan.featureCount)
  }

  private static func check(
    _ training: LabelledFeatures, validation: LabelledFeatures?, labelCount: Int
  ) throws(RegistryError) {
    guard training.count > 0 else {
      throw RegistryError(
        .noTrainingImages, "There is no image to train on.",
        remedy: "Import images into the training split.")
    }
    // An independent label alone is there or not.
    guard labelCount > 1 || training.targets.areIndependent else {
      throw RegistryError(
        .tooFewLabels, "A head with \(labelCount) label has nothing to tell apart.",
        remedy: "Train on images of at least two labels.")
    }
    for (split, data) in [("training", training), ("validation", validation ?? training)] {
      if let row = data.firstNonFiniteRow {
        throw RegistryError(
          .nonFiniteFeature,
          "Row \(row) of the \(split) features holds a number that is infinite or not one.",
          place: .subject("\(split) row \(row)"),
          remedy: "Check the weights of the base and the image behind that row, counted from 0.")
      }
    }
  }

  /// Fits the head.
  ///
  /// After each epoch `recorder` gets `train_loss`, `train_accuracy`, `validation_loss`,
  /// `validation_accuracy` and `learning_rate`, the validation ones only with such a split.
  ///
  /// - Parameters:
  ///   - recorder: Keeps the metrics.
  ///   - isCancelled: Asked between blocks of rows.
  ///   - progress: Hears of each epoch.
  ///   - checkpoint: Called at the end of each epoch with a function that makes the checkpoint, so
  ///     that one which is not stored costs nothing.
  /// - Returns: The weights that were kept, and how it went.
  /// - Throws: `training_diverged` when a loss is not finite, `unfit_checkpoint` when the
  ///   checkpoint is not of this fit, and what `recorder` and `checkpoint` throw.
  package func run(
    recorder: any RunRecorder, isCancelled: () -> Bool, progress: any ProgressObserver,
    checkpoint: (_ make: () throws -> FitCheckpoint) throws -> Void
  ) throws -> FitResult {
    let session = try HeadFitSession(
      plan: plan, scaling: scaling, initial: initial, training: training, validation: validation,
      options: options, measuresStart: measuresStart)
    if let resuming { try session.resume(from: resuming) }
    while session.state.stop == nil {
      do {
        let metrics = try session.runEpoch(isCancelled: isCancelled)
        try recorder.record(step: session.state.epoch, metrics)
        progress.progress(
          ProgressUpdate(
            "Training", completed: session.state.epoch, total: options.epochs, unit: "epochs",
            detail: Self.detail(of: metrics)))
        try checkpoint(session.checkpoint)
      } catch is FitInterruption {
        return try session.result(stop: .cancelled)
      }
    }
    return try session.result(stop: session.state.stop ?? .finished)
  }

  private static func detail(of metrics: [(key: String, value: Double)]) -> String? {
    for (key, words) in [
      ("validation_accuracy", "validation accuracy"), ("train_accuracy", "training accuracy"),
    ] {
      if let value = metrics.first(where: { $0.key == key })?.value {
        return "\(words) \(ProgressFigure.text(value))"
      }
    }
    return nil
  }
}

extension RegistryError.Code {
  /// A split that is needed for training holds no image.
  package static let noTrainingImages = Self("no_training_images", .badInput)
  /// A head is trained that has fewer than two labels.
  package static let tooFewLabels = Self("too_few_labels", .badInput)
  /// The backbone gave a number for an image that is infinite or not one.
  package static let nonFiniteFeature = Self("non_finite_feature", .badInput)
}
