package import Diagnostics
private import Engine
package import Networks
package import Tensors

/// Trains layers of a network by stochastic gradient descent: some of a pretrained one's, which is
/// fine-tuning, or all of them from scratch.
///
/// The layers before the first trainable one compute each image once, unless it is augmented anew in
/// every epoch. With a validation split the weights with the best validation loss are kept, otherwise
/// the last ones. The same inputs, with the same number of threads, give the same bits.
///
/// Losses are means in nats, without label smoothing and mixup, which count in what is minimized.
package struct NetworkFit {
  package let network: Network
  package let plan: FreezePlan
  package let tensors: StateDict
  package let preprocessing: Preprocessing
  package let training: LabelledImages
  package let validation: LabelledImages
  package let options: NetworkFitOptions
  package let threads: Int
  package let limits: InputLimits
  package let store: (_ prefix: [Layer], _ output: Shape) throws -> (any ActivationStore)?
  package let resuming: FitCheckpoint?
  /// Whether the validation loss of the first weights is measured.
  package let measuresStart: Bool

  /// A fit that can be run.
  ///
  /// - Parameters:
  ///   - network: The whole network; the last layer has an output for each label.
  ///   - plan: Which layers train; those of ``NetworkFitOptions/unfreezing`` are among them.
  ///   - tensors: What the network's layers own: where training starts from.
  ///   - preprocessing: What images go through first.
  ///   - training: The images to learn from.
  ///   - validation: The images that choose; may be empty.
  ///   - options: How to fit.
  ///   - threads: How many threads decode and compute.
  ///   - limits: Bounds on the images.
  ///   - resuming: Where an earlier fit with the same inputs was left.
  ///   - measuresStart: Whether to measure the validation loss of the first weights, too: sensible
  ///     for weights that were trained before.
  ///   - store: Keeps what leading layers computed; asked for the frozen prefix of each stage, with the
  ///     shape of its output.
  /// - Throws: `no_training_images`, `too_few_labels`, `nothing_to_train`.
  package init(
    network: Network, plan: FreezePlan, tensors: StateDict, preprocessing: Preprocessing,
    training: LabelledImages, validation: LabelledImages, options: NetworkFitOptions,
    threads: Int, limits: InputLimits = .standard, resuming: FitCheckpoint? = nil,
    measuresStart: Bool = false,
    store: @escaping (_ prefix: [Layer], _ output: Shape) throws -> (any ActivationStore)?
  ) throws(RegistryError) {
    self.network = network
    self.plan = plan
    self.tensors = tensors
    self.preprocessing = preprocessing
    self.training = training
    self.validation = validation
    self.options = options
    self.threads = threads
    self.limits = limits
    self.resuming = resuming
    self.measuresStart = measuresStart
    self.store = store
    guard training.count > 0 else {
      throw RegistryError(
        .noTrainingImages, "There is no image to train on.",
        remedy: "Import images into the training split.")
    }
    guard !plan.trainableLayers.isEmpty else {
      throw RegistryError(
        .nothingToTrain, "Every layer is frozen.",
        remedy: "Derive with a part trainable, or name layers with --unfreeze.")
    }
  }

  /// Refuses a fit whose steps need more memory than there is, before anything is done.
  ///
  /// - Parameters:
  ///   - network: The whole network.
  ///   - plan: Which layers train, now or later.
  ///   - preprocessing: What images go through first.
  ///   - imageCount: How many training images there are.
  ///   - options: How to fit.
  ///   - threads: How many threads compute.
  /// - Throws: `batch_too_large` with the number of images that would fit, `malformed_network`,
  ///   `engine_unavailable`.
  package static func checkMemory(
    network: Network, plan: FreezePlan, preprocessing: Preprocessing, imageCount: Int,
    options: NetworkFitOptions, threads: Int
  ) throws(RegistryError) {
    guard !plan.trainableLayers.isEmpty else { return }
    let prefix = plan.frozenPrefix(of: network)
    let shapes = try network.outputShapes(input: preprocessing.inputShape)
    let layers = network.suffix(after: prefix)
    let trainable = Set(plan.trainableLayers)
    let parameterCount = layers.filter { trainable.contains($0.name) }.flatMap(\.tensors)
      .reduce(0) { $0 + $1.shape.elementCount }
    // Parameters and gradients, of the fit and of a stage of it, the optimizer's two moments, and the
    // best weights; a checkpoint copies half of that.
    let vectorCount = 10
    try TrainingNetwork.checkMemory(
      layers: layers,
      input: prefix.last.flatMap { shapes[$0.name] } ?? preprocessing.inputShape,
      trainable: trainable, maximumBatchSize: max(min(options.batchSize, imageCount), 1),
      threads: threads, otherBytes: vectorCount * parameterCount * MemoryLayout<Float>.stride)
  }

  /// Trains.
  ///
  /// After each epoch `recorder` gets `train_loss`, `train_accuracy`, `validation_loss`,
  /// `validation_accuracy`, `learning_rate` and `gradient_norm`, the validation ones only with such a
  /// split.
  ///
  /// - Parameters:
  ///   - recorder: Keeps the metrics.
  ///   - isCancelled: Asked between steps.
  ///   - progress: Hears of each step.
  ///   - checkpoint: Called after each step and each epoch with a function that makes the
  ///     checkpoint, so that one which is not stored costs nothing.
  /// - Returns: The weights that were kept, and how it went.
  /// - Throws: `training_diverged` with the step, the layer and the learning rate when a loss or a
  ///   gradient is not finite, `unfit_checkpoint` when the checkpoint
  ///   is not of this fit, and what `recorder`, `checkpoint` and decoding throw.
  package func run(
    recorder: any RunRecorder, isCancelled: @escaping () -> Bool, progress: any ProgressObserver,
    checkpoint: (_ endsEpoch: Bool, _ make: () throws -> FitCheckpoint) throws -> Void
  ) throws -> FitResult {
    let session = try NetworkFitSession(self, isCancelled: isCancelled, progress: progress)
    if let resuming { try session.resume(from: resuming) }
    do {
      if measuresStart { try session.measureStart() }
      while session.state.stop == nil {
        let epoch = session.state.epoch + 1
        while try session.runStep() { try checkpoint(false, session.checkpoint) }
        try recorder.record(step: epoch, try session.endEpoch())
        try checkpoint(true, session.checkpoint)
      }
    } catch is FitInterruption {
      return try session.result(stop: .cancelled)
    }
    return try session.result(stop: session.state.stop ?? .finished)
  }
}

extension RegistryError.Code {
  /// Training is asked for and every layer is frozen.
  package static let nothingToTrain = Self("nothing_to_train", .usage)
}
