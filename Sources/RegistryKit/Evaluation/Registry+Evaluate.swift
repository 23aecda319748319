package import Catalog
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
    let targets = try LabelIndex(of: model.labels, subject: model.name.description)
      .outputs(of: items)
    let run = try catalog.beginRun(
      RunDraft(
        kind: .evaluate, model: model.record.model, baseID: model.record.id,
        datasetVersionIDs: dataset.versions.map(\.id), parameters: ["split": request.split],
        seed: 0, host: HostDescription.current(threads: request.threads),
        program: ProgramVersion.text))
    return try endingRun(run.id) {
      let (features, _) = try features(
        of: items, model, threads: request.threads, progress: progress,
        cancellation: cancellation)
      let head = try Classifier(
        of: model.network, tensors: model.stateDict, input: model.preprocessing.inputShape)
      let metrics = ClassificationMetrics(
        logits: try head.logits(features.values, count: items.count), labels: targets,
        labelCount: model.labels.count)
      let now = Timestamp.now()
      let figures = [
        "\(request.split)_accuracy": metrics.accuracy, "\(request.split)_loss": metrics.loss,
        "\(request.split)_expected_calibration_error": metrics.expectedCalibrationError,
      ]
      try catalog.endRun(
        RunCompletion(
          run: run.id, state: .finished, message: nil,
          metrics: figures.map { MetricPoint(key: $0.key, step: 0, value: $0.value, time: now) }))
      return EvaluationResult(
        model: model.record.model, version: model.record.version, run: run.id,
        dataset: dataset.name, split: request.split, images: items.count,
        accuracy: metrics.accuracy, loss: metrics.loss, labels: model.labels,
        confusionMatrix: metrics.confusionMatrix,
        perClass: zip(model.labels, metrics.perClass).map { label, figures in
          .init(
            label: label, precision: figures.precision, recall: figures.recall, f1: figures.f1,
            support: figures.support)
        },
        expectedCalibrationError: metrics.expectedCalibrationError,
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

/// Which output of a network stands for a label.
package struct LabelIndex {
  private let outputs: [String: Int]
  private let labels: [String]
  private let subject: String

  /// - Parameters:
  ///   - labels: the labels, in the order of the outputs.
  ///   - subject: the model's name, for messages.
  package init(of labels: [String], subject: String) {
    self.labels = labels
    self.subject = subject
    // Of labels that occur twice the first output counts.
    outputs = Dictionary(
      labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The output of each image's label.
  ///
  /// - Throws: `unknown_label` when the network has no output for one.
  package func outputs(of items: [DatasetItem]) throws -> [Int] {
    try items.map { item in
      guard let output = outputs[item.label] else {
        throw RegistryError(
          .unknownLabel, "\(subject) does not know the label \(item.label).",
          place: Place(file: item.sourcePath, subject: subject),
          remedy: (labels.nearest(to: item.label).map { "Did you mean \($0)? " } ?? "")
            + "Derive a head for these labels with `registry derive`.")
      }
      return output
    }
  }
}

extension RegistryError.Code {
  /// A model has no dataset of its own, and none was named.
  package static let noDataset = Self("no_dataset", .usage)
  /// A split is none of the three.
  package static let unknownSplit = Self("unknown_split", .usage)
  /// A split has no images.
  package static let noImagesInSplit = Self("no_images_in_split", .badInput)
  /// An image has a label that the model has no output for.
  package static let unknownLabel = Self("unknown_label", .badInput)
}
