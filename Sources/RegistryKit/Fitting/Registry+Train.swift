package import Catalog
public import Diagnostics
private import Engine
private import Networks
private import Tensors
private import Training

extension Registry {
  /// Trains what a model's freeze plan leaves trainable and registers the result as its next
  /// version.
  ///
  /// Frozen leading layers run once per image. After training every frozen tensor is compared by
  /// digest with the base's.
  ///
  /// The model is `NAME`, `NAME@3` or `NAME@alias`; with ``TrainRequest/resume``, the name of the
  /// model that the run was making.
  ///
  /// - Throws: `unknown_model`, `recalled_model`, `no_dataset`, `unknown_label`,
  ///   `label_without_images`,
  ///   `malformed_training`, `unknown_layer`, `training_diverged`, `interrupted` after the run was
  ///   marked so and can be resumed, `frozen_layer_changed`.
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
      if let base = job.base, request.allowsRecalled != true {
        try requireNotRecalled(base.record)
      }
      return try train(
        job, former, resuming: run, progress: progress, cancellation: cancellation)
    }
    let base = try load(model)
    if request.allowsRecalled != true { try requireNotRecalled(base.record) }
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

  /// Trains an architecture from nothing: from random weights, which the seed decides.
  ///
  /// - Throws: `unknown_architecture`, `model_exists`, `no_dataset`, `too_few_labels`, and what
  ///   ``train(_:_:progress:cancellation:)-(String,_,_,_)`` throws.
  public func train(
    _ scratch: ScratchRequest, _ request: TrainRequest,
    progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> TrainResult {
    try NameRule.check(scratch.name, "model")
    let architecture = try Architecture.named(scratch.architecture)
    if !scratch.isNewVersion { try requireNew(scratch.name) }
    guard !request.datasets.isEmpty else {
      throw RegistryError(
        .noDataset, "There is no dataset to train \(scratch.name) on.",
        place: .subject(scratch.name), remedy: "Name one with --dataset.")
    }
    let dataset = try joinedDataset(request.datasets)
    let plain = architecture.network(labels: dataset.labels.count)
    let network = dataset.isMultiLabel ? plain.withIndependentLabels() : plain
    let draft = ModelDraft(
      name: scratch.name, origin: .trained, base: nil, network: network, labels: dataset.labels,
      preprocessing: architecture.preprocessing, freezePlan: .allTrainable(of: network),
      stateDict: network.initialTensors(seed: UInt64(bitPattern: Int64(request.seed))),
      source: ModelSource(datasets: dataset.versions.map(\.dataset)),
      datasetVersionIDs: dataset.versions.map(\.id), mustBeNew: !scratch.isNewVersion)
    return try train(
      TrainingJob(draft, base: nil, dataset: dataset), request, progress: progress,
      cancellation: cancellation)
  }

  /// Trains a job in a run of its own, or in the one that it began in.
  package func train(
    _ job: TrainingJob, _ request: TrainRequest, resuming former: RunRecord? = nil,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> TrainResult {
    let clock = ContinuousClock()
    let start = clock.now
    var job = job
    let method = try trainingMethod(of: &job, request)
    try job.checkImages()
    if case .network(let options) = method {
      try NetworkFit.checkMemory(
        network: job.model.network, plan: job.model.freezePlan,
        preprocessing: job.model.preprocessing, imageCount: job.items(in: .train).count,
        options: options, threads: request.threads ?? ComputeThread.availableCores)
    }
    let run =
      try former.map {
        // Whether the run is going on is seen by its process, which is this one now.
        try catalog.resumeRun($0.id, host: HostDescription.current(threads: request.threads))
      }
      ?? begin(
        RunDraft(
          kind: .train, model: job.model.name, baseID: job.base?.record.id,
          datasetVersionIDs: job.dataset.versions.map(\.id),
          parameters: method.parameters.merging(job.parameters) { first, _ in first },
          seed: request.seed,
          host: HostDescription.current(threads: request.threads), program: ProgramVersion.text))

    return try endingRun(run.id) {
      let attempt = TrainingAttempt(
        registry: self, job: job, request: request, run: run.id,
        recorder: MetricBuffer(catalog, run: run.id), progress: progress,
        cancellation: cancellation)
      let (result, imageCount, cache) =
        switch method {
        case .head(let options): try attempt.fitHead(options)
        case .network(let options): try attempt.fitNetwork(options)
        }
      var draft = job.model
      for (name, tensor) in result.tensors.entries { draft.stateDict[name] = tensor }
      let registered = try register(
        draft,
        completing: RunCompletion(
          run: run.id, state: .finished, message: nil,
          metrics: attempt.recorder.takePending() + result.keptMetrics))
      try removeCheckpoint(of: run.id)
      let seconds = (clock.now - start).seconds
      return TrainResult(
        model: registered.record.model, version: registered.record.version, base: job.base?.name,
        run: run.id, frozenLayers: draft.freezePlan.frozenLayers.count,
        trainableLayers: draft.freezePlan.trainableLayers.count, epochs: result.epochs,
        metrics: result.allMetrics, warnings: result.warnings(job.base?.name),
        bytesAdded: registered.bytesAdded, seconds: seconds,
        imagesPerSecond: Double(imageCount) / max(seconds, 1e-9), cache: cache,
        learningRateSearch: result.search.map(LearningRateCurve.init))
    }
  }
}

extension FitResult {
  /// The metrics of the weights that are kept, which need not be those of the last epoch, and the
  /// search for a learning rate.
  fileprivate var keptMetrics: [MetricPoint] {
    let now = Timestamp.now()
    let values = metrics.merging(["epoch": Double(bestEpoch)]) { first, _ in first }
    let kept = values.sorted { $0.key < $1.key }.map {
      MetricPoint(
        key: MetricHistory.keptPrefix + $0.key, step: epochs, value: $0.value, time: now)
    }
    let searched = (search?.curve ?? []).enumerated().flatMap { step, point in
      [
        MetricPoint(key: "search_loss", step: step + 1, value: point.smoothedLoss, time: now),
        MetricPoint(key: "search_rate", step: step + 1, value: point.rate, time: now),
      ]
    }
    let initial = initialMetrics.sorted { $0.key < $1.key }.map {
      MetricPoint(key: MetricHistory.initialPrefix + $0.key, step: 0, value: $0.value, time: now)
    }
    return kept + searched + initial
  }
}

extension LearningRateCurve {
  fileprivate init(_ search: LearningRateFinder.Result) {
    self.init(
      suggestion: search.suggestion,
      points: search.curve.map { Point(learningRate: $0.rate, loss: $0.smoothedLoss) })
  }
}
