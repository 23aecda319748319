import Catalog
import Diagnostics
import Engine
import Networks
import Tensors
import Training

/// A comparison at work.
struct Comparison {
  /// The images on which accuracy is measured.
  let test: [DatasetItem]
  /// The split that they are.
  let testSplit: Split

  private let registry: Registry
  private let model: LoadedModel
  private let dataset: JoinedDataset
  private let request: CompareRequest
  private let progress: any ProgressObserver
  private let cancellation: Cancellation
  private let training: [DatasetItem]
  private let labels: LabelIndex
  private let scratch: Architecture
  private let fineTuning: FreezePlan
  private let threads: Int

  init(
    registry: Registry, model: LoadedModel, dataset: JoinedDataset, request: CompareRequest,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws {
    self.registry = registry
    self.model = model
    self.dataset = dataset
    self.request = request
    self.progress = progress
    self.cancellation = cancellation
    threads = request.threads ?? ComputeThread.availableCores
    training = dataset.items(in: .train)
    testSplit = dataset.items(in: .test).isEmpty ? .validation : .test
    test = dataset.items(in: testSplit)
    labels = LabelIndex(of: model)
    scratch = try Architecture.named(request.scratchArchitecture)
    guard !model.network.hasIndependentLabels else {
      throw RegistryError(
        .malformedRequest, "The labels of \(model.name) are independent; none is the right one.",
        place: .subject(model.name.description),
        remedy: "Compare ways to train models whose labels exclude each other.")
    }
    fineTuning = try Self.fineTuningPlan(of: model, request)
    guard !test.isEmpty else {
      throw RegistryError(
        .noImagesInSplit, "\(dataset.name) has no test images to measure accuracy on.",
        place: .subject(dataset.name), remedy: "Import more images.")
    }
    try TrainingJob(draft(.head), base: model, dataset: dataset).checkImages()
    _ = try labels.outputs(of: training + test, in: dataset)
  }

  /// The parameters of the run.
  var parameters: [String: String] {
    [
      "comparison": "head, fine_tuned, scratch", "split": testSplit.rawValue,
      "images_per_class": request.imagesPerClass.map { $0.map(String.init) ?? "all" }
        .joined(separator: ","), "seeds": String(request.seeds),
      "scratch_architecture": scratch.name,
      "fine_tuned_layers": String(fineTuning.trainableLayers.count),
      "epochs": String(options(.fineTuned, seed: 0).epochs),
      "scratch_epochs": String(options(.scratch, seed: 0).epochs),
    ]
  }

  /// The head and, unless patterns say otherwise, the last blocks of the backbone: as many as hold a
  /// third of them.
  private static func fineTuningPlan(
    of model: LoadedModel, _ request: CompareRequest
  ) throws -> FreezePlan {
    var plan = FreezePlan.backboneFrozen(of: model.network)
    guard request.unfreezing.isEmpty else {
      for pattern in request.unfreezing {
        let trained = Set(
          try model.network.layerNames(matching: pattern, of: model.name.description))
        plan.setFrozen(false, where: trained.contains)
      }
      return plan
    }
    let blocks = LayerDecay(of: model.network).blocks.dropLast()
    let last = Set(blocks.suffix(max(1, blocks.count / 3)).flatMap(\.layers))
    plan.setFrozen(false, where: last.contains)
    return plan
  }

  // MARK: Rows

  func rows() throws -> [ComparisonResult.Row] {
    let subsets = (0..<request.seeds).map {
      NestedSubsets(of: training, labels: model.labels, seed: $0)
    }
    // Sizes beyond what there is would repeat the row of all images.
    let greatest = subsets[0].greatestCount
    var sizes: [Int?] = []
    for size in request.imagesPerClass {
      let size = size.flatMap { $0 < greatest ? $0 : nil }
      if !sizes.contains(size) { sizes.append(size) }
    }
    let methods = ComparisonResult.Method.allCases
    let total = methods.count * sizes.count * request.seeds
    var done = 0
    var rows: [ComparisonResult.Row] = []
    for method in methods {
      for size in sizes {
        var trials: [Trial] = []
        for (seed, subset) in subsets.enumerated() {
          if cancellation.isCancelled {
            throw RegistryError(
              .interrupted, "The comparison was stopped after \(done) of \(total) trainings.",
              remedy: "Run the same command again: what the frozen layers computed is kept.")
          }
          progress.progress(
            ProgressUpdate(
              "Comparing", completed: done, total: total, unit: "trainings",
              detail: "\(method.rawValue), \(size.map(String.init) ?? "all") images a label"))
          trials.append(try trial(method, subset.items(perLabel: size), seed: seed))
          done += 1
        }
        rows.append(row(method, size, trials))
      }
    }
    progress.progress(
      ProgressUpdate("Comparing", completed: total, total: total, unit: "trainings"))
    return rows
  }

  /// One training and its measurement.
  private struct Trial {
    var images: Int
    var accuracy: Double
    var seconds: Double
    var imagesSeen: Int
    var bytesStored: Int
  }

  private func row(
    _ method: ComparisonResult.Method, _ size: Int?, _ trials: [Trial]
  ) -> ComparisonResult.Row {
    func mean(_ values: [Double]) -> Double {
      values.reduce(0, +) / Double(max(values.count, 1))
    }
    let accuracies = trials.map(\.accuracy)
    let center = mean(accuracies)
    let squares = accuracies.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return ComparisonResult.Row(
      method: method, imagesPerClass: size, images: trials.map(\.images).max() ?? 0,
      accuracy: center,
      accuracyStandardDeviation: trials.count > 1
        ? (squares / Double(trials.count - 1)).squareRoot() : 0,
      accuracies: accuracies, seconds: mean(trials.map(\.seconds)),
      imagesSeen: trials.map(\.imagesSeen).max() ?? 0,
      bytesStored: trials.map(\.bytesStored).max() ?? 0)
  }

  // MARK: Trainings

  private func draft(_ method: ComparisonResult.Method, seed: Int = 0) -> ModelDraft {
    let isScratch = method == .scratch
    var network =
      isScratch ? scratch.network(labels: model.labels.count) : model.network
    let randomSeed = UInt64(bitPattern: Int64(seed))
    var stateDict = model.stateDict
    if isScratch {
      stateDict = network.initialTensors(seed: randomSeed)
    } else {
      network = model.network
      for (name, tensor) in network.initialHead(seed: randomSeed).entries {
        stateDict[name] = tensor
      }
    }
    return ModelDraft(
      name: model.record.model, origin: .derived, base: isScratch ? nil : model,
      network: network, labels: model.labels,
      preprocessing: isScratch ? scratch.preprocessing : model.preprocessing,
      freezePlan: isScratch
        ? .allTrainable(of: network)
        : method == .fineTuned ? fineTuning : .backboneFrozen(of: network),
      stateDict: stateDict, source: ModelSource(), mustBeNew: false)
  }

  private func options(_ method: ComparisonResult.Method, seed: Int) -> NetworkFitOptions {
    var options = NetworkFitOptions.standard(isPretrained: method != .scratch)
    options.epochs =
      (method == .scratch ? request.scratchEpochs : request.epochs) ?? options.epochs
    options.seed = UInt64(bitPattern: Int64(seed))
    return options
  }

  private func trial(
    _ method: ComparisonResult.Method, _ items: [DatasetItem], seed: Int
  ) throws -> Trial {
    let clock = ContinuousClock()
    let start = clock.now
    var draft = draft(method, seed: seed)
    var imagesSeen = 0
    let isChain = Classifier.isChain(draft.network.head)
    if method != .scratch, isChain {
      let result = try fitHead(draft, items, seed: seed)
      for (name, tensor) in result.tensors.entries { draft.stateDict[name] = tensor }
      imagesSeen += result.epochs * items.count
    }
    if method != .head || !isChain {
      let options = options(method, seed: seed)
      let result = try fitNetwork(draft, items, options)
      for (name, tensor) in result.tensors.entries { draft.stateDict[name] = tensor }
      imagesSeen += result.epochs * items.count
    }
    let seconds = (clock.now - start).seconds
    let trainable = Set(draft.freezePlan.trainableLayers)
    return Trial(
      images: items.count, accuracy: try accuracy(of: draft), seconds: seconds,
      imagesSeen: imagesSeen,
      bytesStored: draft.network.layers.filter { trainable.contains($0.name) }
        .flatMap(\.tensors).reduce(0) {
          $0 + $1.shape.elementCount * $1.scalarType.byteCount
        })
  }

  private func fitHead(
    _ draft: ModelDraft, _ items: [DatasetItem], seed: Int
  ) throws -> FitResult {
    let (features, featureCount) = try registry.features(
      of: items, model, threads: request.threads, progress: SilentProgress(),
      cancellation: cancellation)
    var options = HeadFitOptions.standard(for: draft.network.head)
    options.seed = UInt64(bitPattern: Int64(seed))
    return try finished(
      HeadFit(
        head: draft.network.head, initial: draft.stateDict,
        training: LabelledFeatures(
          featureCount: featureCount, features: features.values,
          labels: try labels.outputs(of: items, in: dataset)), validation: nil, options: options
      ).run(
        recorder: SilentRecorder(), isCancelled: { cancellation.isCancelled },
        progress: SilentProgress(), checkpoint: { _ in }))
  }

  private func fitNetwork(
    _ draft: ModelDraft, _ items: [DatasetItem], _ options: NetworkFitOptions
  ) throws -> FitResult {
    let caches = ActivationCaches(registry, draft.base)
    defer { caches.flush() }
    let fit = try NetworkFit(
      network: draft.network, plan: draft.freezePlan, tensors: draft.stateDict,
      preprocessing: draft.preprocessing,
      training: LabelledImages(
        sources: registry.sources(of: items), labels: try labels.outputs(of: items, in: dataset)),
      validation: LabelledImages(sources: [], labels: []), options: options, threads: threads,
      limits: registry.limits, store: caches.cache)
    return try finished(
      fit.run(
        recorder: SilentRecorder(), isCancelled: { cancellation.isCancelled },
        progress: SilentProgress(), checkpoint: { _, _ in }))
  }

  private func finished(_ result: FitResult) throws -> FitResult {
    guard result.stop != .cancelled else {
      throw RegistryError(
        .interrupted, "The comparison was stopped.",
        remedy: "Run the same command again: what the frozen layers computed is kept.")
    }
    return result
  }

  /// The accuracy of a network on the test images.
  private func accuracy(of draft: ModelDraft) throws -> Double {
    let targets = try labels.outputs(of: test, in: dataset)
    let isFrozen =
      draft.freezePlan.frozenPrefix(of: draft.network).count
      >= draft.network.backbone.count && draft.base != nil
    let features: [Float]
    if isFrozen {
      features = try registry.features(
        of: test, model, threads: request.threads, progress: SilentProgress(),
        cancellation: cancellation
      ).features.values
    } else {
      features = try FeatureExtractor(
        layers: draft.network.backbone, tensors: draft.stateDict,
        preprocessing: draft.preprocessing, threads: request.threads, limits: registry.limits
      ).features(of: registry.sources(of: test), store: nil).values
    }
    let head = try Classifier(
      of: draft.network, tensors: draft.stateDict, input: draft.preprocessing.inputShape)
    return ClassificationMetrics(
      logits: try head.logits(features, count: test.count), labels: targets,
      labelCount: model.labels.count
    ).accuracy
  }
}
