import Catalog
import Diagnostics
import Engine
import Networks
import Tensors
import Training

/// A run at work: the job, where its figures go, and how it is stopped.
struct TrainingAttempt {
  let registry: Registry
  var job: TrainingJob
  let request: TrainRequest
  /// The run's id.
  let run: String
  let recorder: MetricBuffer
  let progress: any ProgressObserver
  let cancellation: Cancellation

  /// What a fit comes to: the weights, how many images it was given, and what the cache spared.
  typealias Outcome = (result: FitResult, imageCount: Int, cache: CacheUse)

  /// How often a head's fit, whose epochs last milliseconds, is kept, so that a crash costs little.
  private static let headInterval = Duration.seconds(30)
  /// How often a network's fit is kept within an epoch unless told otherwise.
  private static let networkInterval = Duration.seconds(600)

  // MARK: Heads

  /// Fits the head to the features of the frozen backbone.
  func fitHead(_ options: HeadFitOptions) throws -> Outcome {
    let images = try features()
    let result = try fit(images, options, resuming: job.checkpoint)
    return (result, images.count, images.cache)
  }

  /// The features that a head is fitted to.
  private struct Features {
    var training: LabelledFeatures
    var validation: LabelledFeatures?
    var cache: CacheUse

    var count: Int { training.count + (validation?.count ?? 0) }
  }

  private func features() throws -> Features {
    let training = job.items(in: .train)
    let validation = job.items(in: .validation)
    let targets = try targets(of: training + validation)
    guard let base = job.base else { preconditionFailure("a frozen backbone is somebody's") }
    do {
      let (features, featureCount) = try registry.features(
        of: training + validation, base, threads: request.threads, progress: progress,
        cancellation: cancellation)
      func part(_ rows: Range<Int>) -> LabelledFeatures {
        LabelledFeatures(
          featureCount: featureCount,
          features: Array(
            features.values[rows.lowerBound * featureCount..<rows.upperBound * featureCount]),
          targets: targets[rows])
      }
      return Features(
        training: part(0..<training.count),
        validation: validation.isEmpty ? nil : part(training.count..<targets.count),
        cache: CacheUse(hits: features.hits, misses: features.misses))
    } catch let error as RegistryError where error.code == .interrupted {
      try registry.saveCheckpoint(of: job, request, fit: job.checkpoint, run: run, step: 0)
      throw resumable("Training was stopped before the first epoch.")
    }
  }

  private func targets(of items: [DatasetItem]) throws -> LabelTargets {
    try job.labelIndex.targets(of: items, in: job.dataset)
  }

  /// The network whose outputs are logits, which losses read.
  private var network: Network { job.model.network.withoutSigmoid() }

  private func fit(
    _ images: Features, _ options: HeadFitOptions, resuming: FitCheckpoint?
  ) throws -> FitResult {
    let trainer = try HeadFit(
      head: network.head, initial: job.model.stateDict, training: images.training,
      validation: images.validation, options: options, resuming: resuming,
      measuresStart: !job.hasNewHead)
    var lastCheckpoint = ContinuousClock.now
    let result = try trainer.run(
      recorder: recorder, isCancelled: { cancellation.isCancelled }, progress: progress,
      checkpoint: { makeCheckpoint in
        guard ContinuousClock.now - lastCheckpoint >= Self.headInterval else { return }
        try save(makeCheckpoint())
        lastCheckpoint = .now
      })
    if result.stop == .cancelled { throw try stopped(result) }
    return result
  }

  // MARK: Networks

  /// Trains what the plan leaves trainable, below the head too.
  ///
  /// A new head on a pretrained backbone is fitted first, while everything else is as it was: random
  /// weights in the head would send gradients through the backbone that destroy what it knows
  /// (Kumar et al., "Fine-tuning can distort pretrained features", 2022, arXiv:2202.10054).
  func fitNetwork(_ options: NetworkFitOptions) throws -> Outcome {
    var attempt = self
    var cache = CacheUse(hits: 0, misses: 0)
    if job.fitsHeadFirst, job.checkpoint == nil {
      let images = try features()
      var headOptions = HeadFitOptions.standard(for: network.head)
      headOptions.seed = options.seed
      let head = try HeadFit(
        head: network.head, initial: job.model.stateDict, training: images.training,
        validation: images.validation, options: headOptions
      ).run(
        recorder: SilentRecorder(), isCancelled: { cancellation.isCancelled },
        progress: progress, checkpoint: { _ in })
      if head.stop == .cancelled {
        try registry.saveCheckpoint(of: job, request, fit: nil, run: run, step: 0)
        throw resumable("Training was stopped before the first epoch.")
      }
      for (name, tensor) in head.tensors.entries { attempt.job.model.stateDict[name] = tensor }
      cache = images.cache
    }
    return try attempt.trainNetwork(options, cache: cache)
  }

  private func trainNetwork(_ options: NetworkFitOptions, cache: CacheUse) throws -> Outcome {
    func images(_ split: Split) throws -> LabelledImages {
      let items = job.items(in: split)
      return LabelledImages(sources: registry.sources(of: items), targets: try targets(of: items))
    }
    let (training, validation) = (try images(.train), try images(.validation))
    let caches = ActivationCaches(registry, job.base)
    defer { caches.flush() }
    let fit = try NetworkFit(
      network: network, plan: job.model.freezePlan, tensors: job.model.stateDict,
      preprocessing: job.model.preprocessing, training: training, validation: validation,
      options: options, threads: request.threads ?? ComputeThread.availableCores,
      limits: registry.limits, resuming: job.checkpoint,
      measuresStart: !job.hasNewHead || job.fitsHeadFirst, store: caches.cache)
    let interval =
      request.checkpointMinutes.map { Duration.seconds($0 * 60) }
      ?? Self.networkInterval
    var lastCheckpoint = ContinuousClock.now
    let result = try fit.run(
      recorder: recorder, isCancelled: { cancellation.isCancelled }, progress: progress,
      checkpoint: { endsEpoch, makeCheckpoint in
        guard endsEpoch || ContinuousClock.now - lastCheckpoint >= interval else { return }
        try save(makeCheckpoint())
        lastCheckpoint = .now
      })
    if result.stop == .cancelled { throw try stopped(result) }
    return (
      result, training.count + validation.count,
      CacheUse(
        hits: cache.hits + result.inputs.hits, misses: cache.misses + result.inputs.misses)
    )
  }

  // MARK: Checkpoints

  private func save(_ checkpoint: FitCheckpoint?) throws {
    try registry.catalog.appendMetrics(recorder.takePending(), to: run)
    try registry.saveCheckpoint(
      of: job, request, fit: checkpoint, run: run, step: recorder.step)
  }

  /// Keeps what a stopped fit reached, and says how to go on.
  private func stopped(_ result: FitResult) throws -> RegistryError {
    try save(result.checkpoint)
    return resumable("Training was stopped after epoch \(result.epochs).")
  }

  private func resumable(_ message: String) -> RegistryError {
    RegistryError(
      .interrupted, message, place: .subject(run),
      remedy: "Go on with `registry train \(job.model.name) --resume \(run)`.")
  }
}
