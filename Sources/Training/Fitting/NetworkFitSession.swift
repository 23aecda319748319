import Diagnostics
import Engine
import Networks
import Tensors

/// A fit as it runs: the weights, the optimizer, the best weights so far and the counters.
///
/// Not `Sendable`: one call of ``NetworkFit/run(recorder:isCancelled:progress:checkpoint:)`` owns it.
final class NetworkFitSession {
  let fit: NetworkFit
  let weights: NetworkWeights
  /// The counters.
  var state: NetworkFitState
  var optimizer: GroupedOptimizer
  var average: ExponentialMovingAverage?
  /// The weights that are kept, once they are not the newest any more.
  var best: (parameters: [Float], buffers: [Float])?
  let labelCount: Int
  private let loss: LabelLoss
  private let sampler: EpochSampler
  let gradient: FloatBuffer
  let isCancelled: () -> Bool
  let progress: any ProgressObserver
  private var stage: NetworkStage?
  private var input: FloatBuffer?
  /// The images of the epoch that runs, batch by batch.
  private var batches: [[Int]] = []
  /// Hits and misses of the stages before.
  private var formerInputs = (hits: 0, misses: 0)

  init(
    _ fit: NetworkFit, isCancelled: @escaping () -> Bool, progress: any ProgressObserver
  ) throws {
    self.fit = fit
    self.isCancelled = isCancelled
    self.progress = progress
    weights = NetworkWeights(
      fit.network.layers, trainable: Set(fit.plan.trainableLayers), tensors: fit.tensors)
    gradient = FloatBuffer(count: weights.parameters.count)
    labelCount = fit.network.labelCount ?? 0
    guard labelCount > 1 || fit.training.targets.areIndependent else {
      throw RegistryError(
        .tooFewLabels, "A network with \(labelCount) label has nothing to tell apart.",
        remedy: "Train on images of at least two labels.")
    }
    loss = LabelLoss(
      for: fit.training.targets, labelCount: labelCount, balances: fit.options.balancesClasses,
      smoothing: fit.options.labelSmoothing)
    sampler = EpochSampler(
      targets: fit.training.targets,
      order: fit.options.balancesSampling ? .balanced : .shuffled, seed: fit.options.seed)
    optimizer = GroupedOptimizer(
      kind: fit.options.method,
      groups: ParameterGroup.groups(
        of: weights.parameterSlots, plan: fit.plan,
        multipliers: fit.options.layerDecay.map {
          LayerDecay(of: fit.network).multipliers(decay: $0)
        } ?? [:],
        layersWithoutDecay: ParameterGroup.layersWithoutDecay(of: fit.network)),
      count: weights.parameters.count)
    let weights = weights
    average = fit.options.averageDecay.map {
      ExponentialMovingAverage(
        parameters: weights.parameters.values, buffers: weights.buffers.values, decay: $0)
    }
    state = NetworkFitState(
      setting: NetworkFitState.Setting(
        options: fit.options, trainingImages: fit.training.count,
        validationImages: fit.validation.count))
  }

  // MARK: Batches

  /// How many batches an epoch has.
  var batchCount: Int { (fit.training.count + fit.options.batchSize - 1) / fit.options.batchSize }

  /// How many steps the optimizer takes in an epoch.
  var stepsPerEpoch: Int {
    (batchCount + fit.options.accumulation - 1) / fit.options.accumulation
  }

  /// How many steps the optimizer takes in all.
  var stepCount: Int { stepsPerEpoch * fit.options.epochs }

  /// Runs the next batches of the epoch, those whose gradients make one step, and takes it.
  ///
  /// - Returns: `false`, and nothing was done, when the epoch has no further batch.
  /// - Throws: ``FitInterruption``, after which the step has not happened.
  func runStep() throws -> Bool {
    let epoch = state.epoch + 1
    let stage = try stage(at: epoch)
    if state.learningRate == nil { try chooseLearningRate(stage) }
    if batches.isEmpty { batches = drawBatches(epoch) }
    let summed = batches[state.batch...].prefix(fit.options.accumulation)
    guard !summed.isEmpty else { return false }
    if isCancelled() { throw FitInterruption() }
    gradient.clear()
    // Mixing pairs images of a batch, so that the weights of its targets add up to its labels'.
    let weight = loss.totalWeight(of: summed.joined(), in: fit.training.targets)
    for (number, batch) in zip(summed.indices, summed) {
      let seed = try addGradient(
        of: batch, stage, epoch: epoch, number: number, meanOver: weight)
      guard state.sums.crossEntropy.isFinite else {
        throw try divergedLoss(count: batch.count, seed: seed, stage)
      }
    }
    try takeStep(stage)
    state.batch = summed.endIndex
    progress.progress(
      ProgressUpdate(
        "Training, epoch \(epoch) of \(fit.options.epochs)",
        completed: batches[..<state.batch].reduce(0) { $0 + $1.count },
        total: batches.reduce(0) { $0 + $1.count }, unit: "images", detail: lossDetail))
    return true
  }

  private var lossDetail: String? {
    guard state.sums.weight > 0 else { return nil }
    return "loss \(ProgressFigure.text(state.sums.crossEntropy / state.sums.weight))"
  }

  func drawBatches(_ epoch: Int) -> [[Int]] {
    let images = sampler.images(epoch: epoch - 1)
    return EpochSampler.batches(count: images.count, batchSize: fit.options.batchSize)
      .map { Array(images[$0]) }
  }

  /// Adds a batch's part of the gradient of the mean loss of a step, which divides by a sum of class
  /// weights; the batch's own if `nil`.
  ///
  /// - Returns: The seed of the pass.
  @discardableResult
  func addGradient(
    of indices: [Int], _ stage: NetworkStage, epoch: Int, number: Int, meanOver: Double?
  ) throws -> UInt64 {
    let width = stage.training.shape.elementCount
    let input = input(count: fit.options.batchSize * width)
    try stage.training.load(
      indices, epoch: epoch,
      into: UnsafeMutableBufferPointer(start: input.base, count: input.count))
    var random = RandomGenerator(
      seed: fit.options.seed &+ UInt64(epoch) &* 0x9e37_79b9_7f4a_7c15,
      stream: UInt64(number))
    let targets = targets(of: indices, input: input, width: width, &random)
    let (loss, seed) = (loss, random.next())
    var sums = LossSums()
    try stage.pass(
      UnsafeBufferPointer(start: input.base, count: indices.count * width), count: indices.count,
      weights: weights, seed: seed, addingTo: gradient
    ) { logits, slope in
      sums = targets.withUnsafeBufferPointer {
        loss.lossAndGradient(logits: logits, targets: $0, meanOver: meanOver, gradient: slope)
      }
    }
    state.sums.add(sums)
    return seed
  }

  /// The images of the last pass, as the layers that train read them.
  var batchInput: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: input?.base, count: input?.count ?? 0)
  }

  /// What each image should get: its label, and that of the image that it is mixed with.
  ///
  /// Where layers are frozen, their outputs are mixed (Verma et al., "Manifold mixup",
  /// 2019, arXiv:1806.05236).
  private func targets(
    of indices: [Int], input: FloatBuffer, width: Int, _ random: inout RandomGenerator
  ) -> [Float] {
    var share: Float = 1
    if let alpha = fit.options.mixup {
      share = Mixup(alpha: alpha).share(using: &random)
      Mixup.mix(
        UnsafeMutableBufferPointer(start: input.base, count: indices.count * width),
        count: indices.count, share: share)
    }
    return loss.rows(of: indices, in: fit.training.targets, share: share)
  }

  private func input(count: Int) -> FloatBuffer {
    if let input, input.count == count { return input }
    let buffer = FloatBuffer(count: count)
    input = buffer
    return buffer
  }

  /// - Throws: `training_diverged`, before the weights are spoilt.
  private func takeStep(_ stage: NetworkStage) throws {
    let norm = clipGradient(stage)
    guard norm.isFinite else { throw divergedGradient() }
    move(
      learningRate: learningRate,
      momentum: fit.options.schedule.momentum(step: state.steps, of: stepCount))
    state.steps += 1
    average?.update(
      parameters: UnsafeBufferPointer(start: weights.parameters.base, count: gradient.count),
      buffers: UnsafeBufferPointer(start: weights.buffers.base, count: weights.buffers.count))
  }

  /// Shortens the gradients that were summed, if the options say so.
  ///
  /// - Returns: Their norm before.
  @discardableResult
  func clipGradient(_ stage: NetworkStage) -> Double {
    let slope = UnsafeMutableBufferPointer(start: gradient.base, count: gradient.count)
    optimizer.activate(where: stage.trainable.contains)
    let norm =
      fit.options.maximumGradientNorm.map { optimizer.clip(gradients: slope, toNorm: $0) }
      ?? optimizer.norm(ofGradients: UnsafeBufferPointer(slope))
    state.sums.gradientNorms += norm
    state.sums.steps += 1
    return norm
  }

  /// Lets the optimizer use the gradients that were summed.
  func move(learningRate: Double, momentum: Double?) {
    optimizer.step(
      parameters: UnsafeMutableBufferPointer(
        start: weights.parameters.base, count: weights.parameters.count),
      gradients: UnsafeBufferPointer(start: gradient.base, count: gradient.count),
      learningRate: learningRate, weightDecay: fit.options.weightDecay, momentum: momentum)
  }

  /// The size of the next step.
  var learningRate: Double {
    let base = state.plateau?.learningRate ?? state.learningRate ?? fit.options.learningRate
    return fit.options.schedule.rate(
      base: base, step: state.steps, of: stepCount, stepsPerEpoch: stepsPerEpoch)
  }

  // MARK: Epochs

  /// Measures the weights after the last batch of an epoch.
  ///
  /// - Returns: What to record.
  /// - Throws: ``FitInterruption``, after which the epoch has not ended.
  func endEpoch() throws -> [(key: String, value: Double)] {
    let epoch = state.epoch + 1
    let stage = try stage(at: epoch)
    let sums = state.sums
    var metrics = [
      ("train_loss", sums.crossEntropy / max(sums.weight, 1e-12)),
      ("train_accuracy", Double(sums.correct) / Double(max(sums.images, 1))),
      ("learning_rate", learningRate),
      ("gradient_norm", sums.gradientNorms / Double(max(sums.steps, 1))),
    ]
    var (isBest, isConstant) = (true, false)
    if fit.validation.count > 0 {
      let (validationLoss, accuracy, constant) = try measureNewest(stage)
      isConstant = constant
      metrics += [("validation_loss", validationLoss), ("validation_accuracy", accuracy)]
      isBest = state.bestLoss.map { validationLoss < $0 } ?? true
      if isBest { state.bestLoss = validationLoss }
      state.plateau?.observe(validationLoss)
    }
    if isBest {
      state.bestEpoch = epoch
      state.bestMetrics = Dictionary(uniqueKeysWithValues: metrics)
      state.bestMetrics["learning_rate"] = nil
      state.bestMetrics["gradient_norm"] = nil
      state.bestIsConstant = isConstant
      state.bestCounters = weights.counters
      best = newestVectors()
    }
    state.sums = NetworkFitState.Sums()
    state.batch = 0
    batches = []
    state.epoch = epoch
    if epoch >= fit.options.epochs {
      state.stop = .finished
    } else if let patience = fit.options.patience, fit.validation.count > 0,
      epoch - state.bestEpoch >= patience
    {
      state.stop = .earlyStopped
    }
    return metrics.map { (key: $0.0, value: $0.1) }
  }

  /// Measures the first weights, unless that was done before.
  ///
  /// - Throws: ``FitInterruption``, after which nothing has happened.
  func measureStart() throws {
    guard fit.validation.count > 0, state.initialMetrics == nil, state.steps == 0 else { return }
    let (loss, accuracy, _) = try measureNewest(try stage(at: 1))
    state.initialMetrics = ["validation_loss": loss, "validation_accuracy": accuracy]
  }

  /// Measures the newest weights on the validation images.
  ///
  /// - Throws: `training_diverged`, ``FitInterruption``.
  private func measureNewest(
    _ stage: NetworkStage
  ) throws -> (loss: Double, accuracy: Double, isConstant: Bool) {
    var tensors = fit.tensors
    for (name, tensor) in newest().entries { tensors[name] = tensor }
    let logits = try stage.validationLogits(tensors, isCancelled: isCancelled)
    let (loss, accuracy) = measure(logits)
    guard loss.isFinite else { throw try divergedValidation(tensors, stage) }
    return (loss, accuracy, ConstantOutputs.areConstant(logits, width: labelCount))
  }

  private func measure(_ logits: [Float]) -> (loss: Double, accuracy: Double) {
    var (logits, sums) = (logits, LossSums())
    logits.withUnsafeMutableBufferPointer { logits in
      guard let base = logits.baseAddress else { return }
      loss.add(
        logits: base, images: Array(0..<fit.validation.count), in: fit.validation.targets,
        meanOver: nil, to: &sums)
    }
    return (sums.meanCrossEntropy, sums.accuracy)
  }

  func newestVectors() -> (parameters: [Float], buffers: [Float]) {
    average.map { ($0.parameters, $0.buffers) }
      ?? (weights.parameters.values, weights.buffers.values)
  }

  /// The weights as evaluation takes them: their average where there is one.
  private func newest() -> StateDict {
    let (parameters, buffers) = newestVectors()
    return weights.tensors(parameters: parameters, buffers: buffers)
  }

  /// The weights that were kept.
  func result(stop: FitResult.Stop) throws -> FitResult {
    let checkpoint = stop == .cancelled ? try checkpoint() : nil
    let kept = best ?? newestVectors()
    let counters = weights.counters
    defer { weights.counters = counters }
    if best != nil { weights.counters = state.bestCounters }
    return FitResult(
      tensors: weights.tensors(parameters: kept.parameters, buffers: kept.buffers),
      epochs: state.epoch, bestEpoch: state.bestEpoch, metrics: state.bestMetrics, stop: stop,
      checkpoint: checkpoint,
      inputs: FitResult.Inputs(
        hits: formerInputs.hits + (stage.map { $0.training.hits + $0.validation.hits } ?? 0),
        misses: formerInputs.misses
          + (stage.map { $0.training.misses + $0.validation.misses } ?? 0)),
      search: state.search, initialMetrics: state.initialMetrics ?? [:],
      hasConstantOutputs: state.bestIsConstant ?? false)
  }

  // MARK: Stages

  /// The layers that train in an epoch, compiled when they change.
  private func stage(at epoch: Int) throws -> NetworkStage {
    var plan = fit.plan
    let waiting = fit.options.unfreezing?.frozenLayers(inEpoch: epoch - 1) ?? []
    plan.setFrozen(true, where: waiting.contains)
    if let stage, stage.trainable == Set(plan.trainableLayers) { return stage }
    if let stage {
      formerInputs.hits += stage.training.hits + stage.validation.hits
      formerInputs.misses += stage.training.misses + stage.validation.misses
    }
    let made = try NetworkStage(
      fit, plan: plan, weights: weights,
      maximumBatchSize: min(fit.options.batchSize, fit.training.count))
    stage = made
    return made
  }
}
