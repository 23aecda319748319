private import Catalog
public import Diagnostics
import Networks
private import Tensors
private import Training

extension Registry {
  /// Registers a child of a model with a new head, not trained yet.
  ///
  /// - Throws: `unknown_model`, `recalled_model`, `unknown_dataset`, `model_exists`,
  ///   `too_few_labels`, `repeated_label`, `nothing_to_extend`, `unknown_layer`, `malformed_head`.
  public func derive(_ request: DeriveRequest) throws -> DeriveResult {
    let draft = try draft(for: request)
    // The inherited tensors are the mapped objects themselves, which nothing has computed with.
    var digests: [String: Digest] = [:]
    for (name, tensor) in draft.stateDict.entries {
      digests[name] =
        draft.inherited.contains(name) ? draft.base.digests[name] : tensor.digest()
    }
    let registered = try register(draft.model, digests: digests)
    return DeriveResult(
      model: registered.record.model, version: registered.record.version, base: draft.base.name,
      frozenLayers: draft.model.freezePlan.frozenLayers.count,
      trainableLayers: draft.model.freezePlan.trainableLayers.count, labels: draft.model.labels,
      bytesAdded: registered.bytesAdded)
  }

  /// Derives a child and trains it: one version, which is registered when training has ended.
  ///
  /// - Throws: what ``derive(_:)`` and training throw.
  public func derive(
    _ request: DeriveRequest, training: TrainRequest,
    progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> TrainResult {
    let draft = try draft(for: request)
    let dataset =
      training.datasets.isEmpty
      ? try draft.labelSource.map(joinedDataset) : try joinedDataset(training.datasets)
    guard let dataset else {
      throw RegistryError(
        .noDataset, "There is no dataset to train \(draft.model.name) on.",
        place: .subject(draft.model.name),
        remedy: "Import images as a dataset named \(request.head), or name one with --dataset.")
    }
    return try train(
      TrainingJob(draft.model, base: draft.base, dataset: dataset), training, progress: progress,
      cancellation: cancellation)
  }

  /// A child that is about to be registered or trained.
  private struct ChildDraft {
    var model: ModelDraft
    let base: LoadedModel
    /// The names of tensors that are the base's.
    let inherited: Set<String>
    /// The dataset versions that the labels came from.
    let labelSource: JoinedVersions?

    var stateDict: StateDict { model.stateDict }
  }

  private func draft(for request: DeriveRequest) throws -> ChildDraft {
    let name = request.name ?? request.head
    try NameRule.check(name, "model")
    let base = try load(request.base)
    if !request.allowsRecalled { try requireNotRecalled(base.record) }
    if !request.isNewVersion { try requireNew(name) }
    let labelSource = try labelSource(for: request, base)
    let (network, labels, head) = try head(for: request, base, labelSource)

    var stateDict = StateDict()
    var inherited: Set<String> = []
    for specification in network.tensors {
      if let tensor = head[specification.name] {
        stateDict[specification.name] = tensor
      } else if let tensor = base.stateDict[specification.name] {
        stateDict[specification.name] = tensor
        inherited.insert(specification.name)
      }
    }
    return ChildDraft(
      model: ModelDraft(
        name: name, origin: .derived, base: base, network: network, labels: labels,
        preprocessing: base.preprocessing,
        freezePlan: try freezePlan(request.freeze, of: network, base), stateDict: stateDict,
        source: ModelSource(datasets: labelSource.map { $0.versions.map(\.dataset) }),
        datasetVersionIDs: labelSource?.versions.map(\.id) ?? [], mustBeNew: !request.isNewVersion),
      base: base, inherited: inherited, labelSource: labelSource)
  }

  /// The dataset versions whose labels the head is for.
  ///
  /// The records have the labels. Only whether several versions contradict each other do the images
  /// tell.
  private func labelSource(for request: DeriveRequest, _ base: LoadedModel) throws
    -> JoinedVersions?
  {
    var names = request.datasets
    if names.isEmpty {
      if request.labels != nil, try catalog.newestDatasetVersion(named: request.head) == nil {
        return nil
      }
      // Who keeps the base's labels needs the base's images too, or it would forget them.
      let former = request.extendsBase ? base.record.datasets.map(\.name) : []
      names = former.filter { $0 != request.head } + [request.head]
    }
    let source = try joinedVersions(names)
    return source.versions.count > 1 ? try joinedDataset(source).source : source
  }

  private func head(
    for request: DeriveRequest, _ base: LoadedModel, _ dataset: JoinedVersions?
  ) throws -> (network: Network, labels: [String], tensors: StateDict) {
    let wanted = request.labels ?? dataset?.labels ?? []
    if let repeated = wanted.first(where: { label in wanted.count { $0 == label } > 1 }) {
      throw RegistryError(
        .repeatedLabel, "The label \(repeated) is named twice.", place: .subject("--labels"),
        remedy: "Name each label once.")
    }
    let seed = UInt64(bitPattern: Int64(request.seed))
    if request.extendsBase {
      let new = wanted.filter { !base.labels.contains($0) }
      guard !new.isEmpty else {
        throw RegistryError(
          .nothingToExtend, "\(base.name) knows all of these labels already.",
          place: .subject(base.name.description),
          remedy: "Derive without --extend, or train \(base.record.model) further.")
      }
      if let dataset, dataset.isMultiLabel, !base.network.hasIndependentLabels {
        try LabelIndex(of: base).requireExclusiveLabels(in: dataset)
      }
      let (network, tensors) = try base.network.extendingHead(
        by: new.count, from: base.stateDict, seed: seed)
      return (network, base.labels + new, tensors)
    }
    let isMultiLabel = dataset?.isMultiLabel ?? false
    // An independent label alone is there or not.
    guard wanted.count >= (isMultiLabel ? 1 : 2) else {
      let subject = dataset?.name ?? "--labels"
      throw RegistryError(
        .tooFewLabels,
        wanted.first.map { "\(subject) has one label, \($0); a head tells at least two apart." }
          ?? "\(subject) names no label; a head tells at least two apart.",
        place: .subject(subject),
        remedy: "Import images with another label: one folder for each label, or --labels FILE.")
    }
    let specification = HeadSpecification(
      labels: wanted.count, hidden: request.hidden, dropout: request.dropout ?? 0,
      isMultiLabel: isMultiLabel)
    let network = try specification.network(on: base.network)
    return (network, wanted, network.initialHead(seed: seed))
  }

  private func freezePlan(
    _ request: FreezeRequest, of network: Network, _ base: LoadedModel
  ) throws -> FreezePlan {
    switch request {
    case .backbone:
      return .backboneFrozen(of: network)
    case .none:
      return .allTrainable(of: network)
    case .upTo(let layer):
      let frozen = Set(try network.layerNames(upTo: layer, of: base.name.description))
      var plan = FreezePlan.allTrainable(of: network)
      plan.setFrozen(true, where: frozen.contains)
      return plan
    case .globs(let patterns):
      var plan = FreezePlan.allTrainable(of: network)
      for pattern in patterns {
        let frozen = Set(try network.layerNames(matching: pattern, of: base.name.description))
        plan.setFrozen(true, where: frozen.contains)
      }
      return plan
    }
  }

  package func requireNew(_ name: String) throws {
    guard try catalog.modelExists(name) else { return }
    throw RegistryError(
      .modelExists, "There is a model \(name) already.", place: .subject(name),
      remedy: "Pass --new-version to add a version to it, or --name for another name.")
  }
}

extension RegistryError.Code {
  /// A label is named twice.
  package static let repeatedLabel = Self("repeated_label", .usage)
  /// A head is to be extended by labels that it has.
  package static let nothingToExtend = Self("nothing_to_extend", .usage)
}
