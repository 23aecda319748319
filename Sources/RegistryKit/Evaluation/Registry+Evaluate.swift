private import Catalog
public import Diagnostics
private import Networks
private import Tensors
private import Training

extension Registry {
  /// Measures a model on a split of datasets and records the figures as a run.
  ///
  /// - Throws: `unknown_model`, `unknown_dataset`, `unknown_split`, `no_images_in_split`,
  ///   `unknown_label`, `interrupted`.
  public func evaluate(
    _ request: EvaluateRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> EvaluationResult {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try load(request.model)
    let dataset = try dataset(for: model, named: request.datasets)
    let items = try self.items(of: dataset, split: request.split)
    let targets = try LabelIndex(of: model).targets(of: items, in: dataset)
    let run = try begin(
      RunDraft(
        kind: .evaluate, model: model.record.model, baseID: model.record.id,
        datasetVersionIDs: dataset.versions.map(\.id), parameters: ["split": request.split],
        seed: 0, host: HostDescription.current(threads: request.threads),
        program: ProgramVersion.text))
    return try endingRun(run.id) {
      let (features, _) = try features(
        of: items, model, threads: request.threads, progress: progress,
        cancellation: cancellation)
      let network = model.network.withoutSigmoid()
      let head = try Classifier(
        of: network, tensors: model.stateDict, input: model.preprocessing.inputShape)
      let measured = MeasuredLabels(
        logits: try head.logits(features.values, count: items.count), targets: targets,
        labels: model.labels)
      let now = Timestamp.now()
      var completion = RunCompletion(
        run: run.id, state: .finished,
        metrics: measured.figures.map {
          MetricPoint(key: "\(request.split)_\($0.key)", step: 0, value: $0.value, time: now)
        })
      completion.predictions = zip(items, measured.answers ?? []).map { item, answer in
        PredictionRecord(
          image: item.digest, target: answer.target, answer: answer.output,
          confidence: answer.confidence.isFinite ? answer.confidence : nil)
      }
      try catalog.endRun(completion)
      return EvaluationResult(
        model: model.record.model, version: model.record.version, run: run.id,
        dataset: dataset.name, split: request.split, images: items.count,
        accuracy: measured.accuracy, loss: measured.loss, labels: model.labels,
        multiLabel: targets.areIndependent, confusionMatrix: measured.confusionMatrix,
        perClass: measured.perClass,
        meanAveragePrecision: measured.figures["mean_average_precision"],
        microF1: measured.figures["micro_f1"], macroF1: measured.figures["macro_f1"],
        expectedCalibrationError: measured.figures["expected_calibration_error"] ?? 0,
        cache: CacheUse(hits: features.hits, misses: features.misses),
        seconds: (clock.now - start).seconds, recalled: try recalls(of: model))
    }
  }

  /// The datasets that were named, else the newest versions of those that the model's labels came
  /// from.
  package func dataset(for model: LoadedModel, named names: [String]) throws -> JoinedDataset {
    if !names.isEmpty { return try joinedDataset(names) }
    guard !model.record.datasets.isEmpty else {
      throw RegistryError(
        .noDataset, "\(model.name) was not made for a dataset of this registry.",
        place: .subject(model.name.description), remedy: "Name one with --dataset.")
    }
    return try joinedDataset(model.record.datasets.map(\.name))
  }

  private func items(of dataset: JoinedDataset, split name: String) throws -> [DatasetItem] {
    let items: [DatasetItem]
    if name == "all" {
      items = dataset.items
    } else {
      guard let split = Split(rawValue: name) else {
        throw RegistryError(
          .unknownSplit, "There is no split \(name).", place: .subject("--split"),
          remedy: "Use train, validation, test or all.")
      }
      items = dataset.items(in: split)
    }
    guard !items.isEmpty else {
      throw RegistryError(
        .noImagesInSplit, "\(dataset.name) has no \(name) images.", place: .subject(dataset.name),
        remedy: "Evaluate another split, or import more images.")
    }
    return items
  }

  /// Runs `body` and, if it throws, marks the run as interrupted or failed before the error goes
  /// on.
  package func endingRun<Result>(_ run: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      let cause = error as? RegistryError
      let state: RunState = cause?.code.category == .interrupted ? .interrupted : .failed
      // The first failure is what the user must hear of, whatever becomes of this note.
      try? catalog.endRun(
        RunCompletion(
          run: run, state: state, message: cause?.message ?? "\(error)", metrics: []))
      throw error
    }
  }
}

extension Duration {
  /// The length in seconds.
  package var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension RegistryError.Code {
  /// A model has no dataset of its own, and none was named.
  package static let noDataset = Self("no_dataset", .usage)
  /// A split is none of the three.
  package static let unknownSplit = Self("unknown_split", .usage)
  /// A split has no images.
  package static let noImagesInSplit = Self("no_images_in_split", .badInput)
}
