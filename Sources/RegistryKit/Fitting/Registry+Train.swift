package import Catalog
public import Diagnostics
private import Networks
private import Tensors
private import Training

extension Registry {
  /// Trains what a model's freeze plan leaves trainable and registers the result as its next
  /// version.
  ///
  /// The frozen prefix runs once per image. After training every frozen tensor is compared by
  /// digest with the base's.
  ///
  /// The model is `NAME`, `NAME@3` or `NAME@alias`; with ``TrainRequest/resume``, the name of the
  /// model that the run was making.
  ///
  /// - Throws: `unknown_model`, `no_dataset`, `unknown_label`, `label_without_images`,
  ///   `backbone_not_frozen`, `malformed_training`, `interrupted` after the run was marked so and
  ///   can be resumed, `frozen_layer_changed`.
  public func train(
    _ model: String, _ request: TrainRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> TrainResult {
    if let resumed = request.resume {
      let run = try catalog.run(resumed)
      let name = try Reference(parsing: model).name
      guard run.model == name else {
        throw RegistryError(
          .nothingToResume, "The run \(run.id) trains \(run.model), not \(name).",
          place: .subject(run.id), remedy: "Run `registry train \(run.model) --resume \(run.id)`.")
      }
      let (job, former) = try job(resuming: run)
      return try train(
        job, former, resuming: run, progress: progress, cancellation: cancellation)
    }
    let base = try load(model)
    let draft = ModelDraft(
      name: base.record.model, origin: .trained, base: base, network: base.network,
      labels: base.labels, preprocessing: base.preprocessing, freezePlan: base.freezePlan,
      stateDict: base.stateDict, source: ModelSource(),
      datasetVersionIDs: base.record.datasets.map(\.id), mustBeNew: false)
    var job = TrainingJob(
      draft, base: base, dataset: try dataset(for: base, named: request.datasets))
    job.model.datasetVersionIDs = job.dataset.versions.map(\.id)
    return try train(job, request, progress: progress, cancellation: cancellation)
  }

  /// Trains a job in a run of its own, or in the one that it began in.
  package func train(
    _ job: TrainingJob, _ request: TrainRequest, resuming former: RunRecord? = nil,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> TrainResult {
    let clock = ContinuousClock()
    let start = clock.now
    let options = try request.options(for: job.model.network)
    try job.checkImages()
    let prefix = try frozenPrefix(
      of: job.model.network, job.model.freezePlan, subject: job.model.name)
    let run =
      try former.map { try catalog.resumeRun($0.id) }
      ?? catalog.beginRun(
        RunDraft(
          kind: .train, model: job.model.name, baseID: job.base.record.id,
          datasetVersionIDs: job.dataset.versions.map(\.id),
          parameters: options.parameters(of: job.model), seed: request.seed,
          host: HostDescription.current(threads: request.threads), program: ProgramVersion.text))

    return try endingRun(run.id) {
      let images = try images(
        of: job, prefix, request, run: run.id, progress: progress, cancellation: cancellation)
      let recorder = MetricBuffer(catalog, run: run.id)
      let result = try fit(
        job, images, options, request, run: run.id, recorder: recorder, progress: progress,
        cancellation: cancellation)
      var draft = job.model
      for (name, tensor) in result.tensors.entries { draft.stateDict[name] = tensor }
      let registered = try register(
        draft,
        completing: RunCompletion(
          run: run.id, state: .finished, message: nil,
          metrics: recorder.takePending() + result.keptMetrics))
      try removeCheckpoint(of: run.id)
      let seconds = (clock.now - start).seconds
      return TrainResult(
        model: registered.record.model, version: registered.record.version, base: job.base.name,
        run: run.id, frozenLayers: draft.freezePlan.frozenLayers.count,
        trainableLayers: draft.freezePlan.trainableLayers.count, epochs: result.epochs,
        metrics: result.metrics, bytesAdded: registered.bytesAdded, seconds: seconds,
        imagesPerSecond: Double(images.count) / max(seconds, 1e-9), cache: images.cache)
    }
  }

  /// The features that a head is fitted to.
  private struct TrainingImages {
    var training: LabelledFeatures
    var validation: LabelledFeatures?
    var cache: CacheUse

    var count: Int { training.count + (validation?.count ?? 0) }
  }

  private func images(
    of job: TrainingJob, _ prefix: [Layer], _ request: TrainRequest, run: String,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> TrainingImages {
    let training = job.items(in: .train)
    let validation = job.items(in: .validation)
    let index = LabelIndex(of: job.model.labels, subject: job.model.name)
    let targets = try index.outputs(of: training + validation)
    do {
      let (features, featureCount) = try features(
        of: training + validation, prefix, job.base, threads: request.threads,
        progress: progress, cancellation: cancellation)
      func part(_ rows: Range<Int>) -> LabelledFeatures {
        LabelledFeatures(
          featureCount: featureCount,
          features: Array(
            features.values[rows.lowerBound * featureCount..<rows.upperBound * featureCount]),
          labels: Array(targets[rows]))
      }
      return TrainingImages(
        training: part(0..<training.count),
        validation: validation.isEmpty ? nil : part(training.count..<targets.count),
        cache: CacheUse(hits: features.hits, misses: features.misses))
    } catch let error as RegistryError where error.code == .interrupted {
      try saveCheckpoint(of: job, request, fit: job.checkpoint, run: run, step: 0)
      throw resumable(run, job, "Training was stopped before the first epoch.")
    }
  }

  private func fit(
    _ job: TrainingJob, _ images: TrainingImages, _ options: HeadFitOptions,
    _ request: TrainRequest, run: String, recorder: MetricBuffer,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> FitResult {
    let trainer = try HeadFit(
      head: job.model.network.head, initial: job.model.stateDict, training: images.training,
      validation: images.validation, options: options, resuming: job.checkpoint)
    var lastCheckpoint = ContinuousClock.now
    let result = try trainer.run(
      recorder: recorder, isCancelled: { cancellation.isCancelled }, progress: progress,
      checkpoint: { makeCheckpoint in
        guard ContinuousClock.now - lastCheckpoint >= Self.checkpointInterval else { return }
        try catalog.appendMetrics(recorder.takePending(), to: run)
        try saveCheckpoint(of: job, request, fit: makeCheckpoint(), run: run, step: recorder.step)
        lastCheckpoint = .now
      })
    guard result.stop == .cancelled else { return result }
    try catalog.appendMetrics(recorder.takePending(), to: run)
    try saveCheckpoint(of: job, request, fit: result.checkpoint, run: run, step: recorder.step)
    throw resumable(run, job, "Training was stopped after epoch \(result.epochs).")
  }

  /// How often a long fit is kept, so that a crash costs little.
  private static var checkpointInterval: Duration { .seconds(30) }

  private func resumable(_ run: String, _ job: TrainingJob, _ message: String) -> RegistryError {
    RegistryError(
      .interrupted, message, place: .subject(run),
      remedy: "Go on with `registry train \(job.model.name) --resume \(run)`.")
  }
}

extension FitResult {
  /// The metrics of the weights that are kept, which need not be those of the last epoch.
  fileprivate var keptMetrics: [MetricPoint] {
    let now = Timestamp.now()
    let values = metrics.merging(["epoch": Double(bestEpoch)]) { first, _ in first }
    return values.sorted { $0.key < $1.key }.map {
      MetricPoint(
        key: MetricHistory.keptPrefix + $0.key, step: epochs, value: $0.value, time: now)
    }
  }
}
