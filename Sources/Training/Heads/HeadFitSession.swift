package import Diagnostics
import Networks
import Tensors

/// A fit as it runs: the optimizer, the best weights so far and the counters.
///
/// Not `Sendable`: one call of ``HeadFit/run(recorder:isCancelled:progress:checkpoint:)`` owns it.
final class HeadFitSession {
  private let plan: HeadPlan
  private let scaling: FeatureScaling
  private let training: LabelledFeatures
  private let validation: LabelledFeatures?
  private let options: HeadFitOptions
  private let passes: HeadPasses
  private let optimization: any HeadOptimization
  private let best: FloatBuffer
  /// The first weights, if they are to be measured.
  private let initial: [Float]?
  /// The counters.
  private(set) var state: HeadFitState

  init(
    plan: HeadPlan, scaling: FeatureScaling, initial: [Float], training: LabelledFeatures,
    validation: LabelledFeatures?, options: HeadFitOptions, measuresStart: Bool
  ) throws {
    self.plan = plan
    self.scaling = scaling
    self.training = training
    self.validation = validation
    self.options = options
    self.initial = measuresStart ? initial : nil
    let loss = LabelLoss(
      for: training.targets, labelCount: plan.labelCount, balances: options.balancesClasses,
      smoothing: options.labelSmoothing)
    passes = HeadPasses(plan: plan, loss: loss)
    let first = scaling.unfolded(initial, plan: plan)
    best = FloatBuffer(first)
    optimization =
      switch options.optimizer {
      case .adamw:
        AdamWOptimization(
          passes: passes, data: training, scaling: scaling, parameters: first, options: options)
      case .lbfgs:
        LBFGSOptimization(
          passes: passes, data: training, scaling: scaling, parameters: first, options: options,
          strengths: options.strengths(hasValidation: validation != nil))
      }
    state = HeadFitState(
      setting: HeadFitState.Setting(
        options: options, trainingRows: training.count, validationRows: validation?.count ?? 0))
  }

  /// Runs an epoch.
  ///
  /// - Returns: What to record.
  /// - Throws: ``FitInterruption``, after which the epoch has not happened.
  func runEpoch(isCancelled: () -> Bool) throws -> [(key: String, value: Double)] {
    let epoch = state.epoch + 1
    let report = try optimization.runEpoch(epoch, isCancelled: isCancelled)
    var metrics = [
      ("train_loss", report.training.meanCrossEntropy),
      ("train_accuracy", report.training.accuracy),
    ]
    guard report.objective.isFinite, report.training.crossEntropy.isFinite else {
      throw diverged("the loss", epoch, report)
    }
    var isBest = true
    if let validation {
      // Too short to be worth giving up an epoch that is done.
      let sums = try passes.evaluate(
        validation, scaling: scaling, parameters: optimization.parameters.base,
        isCancelled: { false })
      let loss = sums.meanCrossEntropy
      guard loss.isFinite else { throw diverged("the validation loss", epoch, report) }
      metrics += [("validation_loss", loss), ("validation_accuracy", sums.accuracy)]
      isBest = state.bestLoss.map { report.mayBeKept && loss < $0 } ?? true
      if isBest, report.mayBeKept { state.bestLoss = loss }
    }
    metrics.append(("learning_rate", report.learningRate))
    state.epoch = epoch
    if isBest {
      state.bestEpoch = epoch
      best.set(optimization.parameters)
    }
    state.stop = optimization.reasonToStop(
      after: epoch, bestEpoch: validation == nil ? nil : state.bestEpoch)
    return metrics.map { (key: $0.0, value: $0.1) }
  }

  private func diverged(_ loss: String, _ epoch: Int, _ report: EpochReport) -> RegistryError {
    let values = optimization.parameters.values
    let entries = plan.parameters.entries
    // With finite weights it is the logits, which the last layer gives.
    let tensor =
      entries.first { entry in !values[entry.range].allSatisfy { $0.isFinite } } ?? entries.last
    let layer = Layer.name(ofTensor: tensor?.name ?? "")
    return RegistryError(
      .trainingDiverged,
      "In step \(report.steps), epoch \(epoch), with a learning rate of "
        + "\(Float(report.learningRate)), \(loss) is not a finite number; the first layer that "
        + "gives none is \(layer).",
      place: Place(layer: layer),
      remedy: options.optimizer == .adamw
        ? "Lower the learning rate, or use L-BFGS."
        : "Check the first weights of the head, or use AdamW.")
  }

  /// What it takes to go on from here.
  func checkpoint() throws -> FitCheckpoint {
    var tensors = plan.parameters.stateDict(of: optimization.parameters.values, prefix: "head.")
    tensors.add(plan.parameters.stateDict(of: best.values, prefix: "best."))
    var state = state
    optimization.save(to: &tensors, &state.optimizer)
    return FitCheckpoint(tensors: tensors, state: try state.text())
  }

  /// Goes back to where a checkpoint was made.
  ///
  /// - Throws: `unfit_checkpoint` when it is not of this fit.
  func resume(from checkpoint: FitCheckpoint) throws(RegistryError) {
    do {
      let saved = try HeadFitState(text: checkpoint.state)
      guard saved.setting == state.setting else {
        throw RegistryError(
          .unfitCheckpoint, "The checkpoint is of a fit with other options or other images.",
          remedy: "Resume with the options and the dataset version of that run, or train anew.")
      }
      optimization.parameters.set(
        try plan.parameters.values(of: checkpoint.tensors, prefix: "head."))
      best.set(try plan.parameters.values(of: checkpoint.tensors, prefix: "best."))
      try optimization.restore(from: checkpoint.tensors, saved.optimizer)
      state = saved
    } catch let error as RegistryError where error.code == .unfitCheckpoint {
      throw error
    } catch {
      throw RegistryError(
        .unfitCheckpoint, "The checkpoint cannot be read.", remedy: "Train anew.", cause: error)
    }
  }

  /// The weights that were kept, with their losses on the features as they come.
  func result(stop: FitResult.Stop) throws -> FitResult {
    let kept = scaling.folded(best.values, plan: plan)
    var metrics: [String: Double] = [:]
    let identity = FeatureScaling(featureCount: plan.featureCount)
    for (prefix, data) in [("train", training), ("validation", validation)] {
      guard let data else { continue }
      let sums = try passes.evaluate(
        data, scaling: identity, parameters: kept, isCancelled: { false })
      guard sums.crossEntropy.isFinite else {
        let layer = Layer.name(ofTensor: plan.parameters.entries.last?.name ?? "")
        throw RegistryError(
          .trainingDiverged,
          "With the weights of epoch \(state.bestEpoch), the loss of the \(prefix) split is not a "
            + "finite number; the layer is \(layer).",
          place: Place(layer: layer), remedy: "Check the features, or use another optimizer.")
      }
      metrics["\(prefix)_loss"] = sums.meanCrossEntropy
      metrics["\(prefix)_accuracy"] = sums.accuracy
    }
    var initialMetrics: [String: Double] = [:]
    if let initial, let validation {
      let sums = try passes.evaluate(
        validation, scaling: identity, parameters: initial, isCancelled: { false })
      initialMetrics = [
        "validation_loss": sums.meanCrossEntropy, "validation_accuracy": sums.accuracy,
      ]
    }
    return FitResult(
      tensors: plan.parameters.stateDict(of: kept), epochs: state.epoch,
      bestEpoch: state.bestEpoch, metrics: metrics, stop: stop,
      checkpoint: stop == .cancelled ? try self.checkpoint() : nil, initialMetrics: initialMetrics,
      hasConstantOutputs: ConstantOutputs.areConstant(
        training.features, width: training.featureCount))
  }
}

extension RegistryError.Code {
  /// A loss became infinite or not a number.
  package static let trainingDiverged = Self("training_diverged", .badInput)
  /// A checkpoint is not of the fit that it should go on with.
  package static let unfitCheckpoint = Self("unfit_checkpoint", .badInput)
}
