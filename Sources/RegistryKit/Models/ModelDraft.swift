package import Catalog
package import Diagnostics
package import Networks
package import Tensors

/// A model version that is about to be registered.
package struct ModelDraft: Sendable {
  package var name: String
  package var origin: ModelOrigin
  package var base: LoadedModel?
  package var network: Network
  package var labels: [String]
  package var preprocessing: Preprocessing
  package var freezePlan: FreezePlan
  /// All tensors, those of the base included.
  package var stateDict: StateDict
  package var source: ModelSource
  /// The dataset versions that the labels came from.
  package var datasetVersionIDs: [Int64] = []
  /// Whether a model of that name must not exist yet.
  package var mustBeNew: Bool

  /// A version with these parts.
  package init(
    name: String, origin: ModelOrigin, base: LoadedModel? = nil, network: Network, labels: [String],
    preprocessing: Preprocessing, freezePlan: FreezePlan, stateDict: StateDict,
    source: ModelSource, datasetVersionIDs: [Int64] = [], mustBeNew: Bool
  ) {
    self.name = name
    self.origin = origin
    self.base = base
    self.network = network
    self.labels = labels
    self.preprocessing = preprocessing
    self.freezePlan = freezePlan
    self.stateDict = stateDict
    self.source = source
    self.datasetVersionIDs = datasetVersionIDs
    self.mustBeNew = mustBeNew
  }
}

/// Where a version came from, as the catalogue keeps it.
package struct ModelSource: Codable, Sendable, Hashable {
  /// The path of the imported file as it was given.
  package var file: String?
  /// The format of that file.
  package var format: String?
  /// The names of the datasets that the labels came from.
  package var datasets: [String]?

  /// A source of which nothing need be known.
  package init(file: String? = nil, format: String? = nil, datasets: [String]? = nil) {
    self.file = file
    self.format = format
    self.datasets = datasets
  }
}

/// A version that was registered.
package struct RegisteredModel: Sendable {
  package let record: ModelVersionRecord
  /// How many layers have which status, compared with the base.
  package let comparison: LayerComparison?
  package let bytesAdded: Int
}

extension Registry {
  /// Registers a version: writes the tensors that the registry does not have into one pack, then
  /// all rows in one transaction.
  ///
  /// A layer that the plan freezes must have the digests that the base was registered with; they
  /// are computed from the bytes at hand.
  ///
  /// With `completion`, the run that made it ends in the same transaction.
  ///
  /// - Throws: `frozen_layer_changed`, and nothing is registered, when a frozen layer differs;
  ///   `model_exists`; what writing reports.
  package func register(
    _ draft: ModelDraft, completing completion: RunCompletion? = nil
  ) throws -> RegisteredModel {
    var digests: [String: Digest] = [:]
    for (name, tensor) in draft.stateDict.entries { digests[name] = tensor.digest() }
    return try register(draft, digests: digests, completing: completion)
  }

  /// Registers a version whose tensors' digests are known: nothing has computed with the tensors
  /// since.
  package func register(
    _ draft: ModelDraft, digests: [String: Digest], completing completion: RunCompletion? = nil
  ) throws -> RegisteredModel {
    try checkFrozenLayers(of: draft, digests)
    return try recording { batch in
      try record(
        draft, digests,
        try writePack(of: draft.stateDict, digests, base: draft.base, in: batch), completion)
    }
  }

  private func record(
    _ draft: ModelDraft, _ digests: [String: Digest], _ pack: PackDraft?,
    _ completion: RunCompletion?
  ) throws -> RegisteredModel {
    let comparison = draft.base.map {
      LayerComparison(
        from: $0.network, $0.digests, labels: $0.labels, to: draft.network, digests,
        labels: draft.labels)
    }
    let allBytes = draft.stateDict.entries.reduce(0) { $0 + $1.tensor.byteCount }
    func named(_ layers: [Layer]) -> [NamedTensor] {
      layers.flatMap(\.tensors).compactMap { specification in
        digests[specification.name].map { NamedTensor(name: specification.name, digest: $0) }
      }
    }
    let record = try catalog.registerModelVersion(
      ModelVersionDraft(
        model: draft.name, origin: draft.origin, architecture: draft.network.architecture,
        backbone: try backboneText(of: draft),
        head: try CanonicalJSON.text(of: draft.network.head),
        labels: try CanonicalJSON.text(of: draft.labels),
        preprocessing: try CanonicalJSON.text(of: draft.preprocessing),
        freezePlan: try CanonicalJSON.text(of: draft.freezePlan),
        source: try CanonicalJSON.text(of: draft.source), baseID: draft.base?.record.id,
        parameterCount: draft.network.parameterCount,
        inheritedLayers: comparison?.count(.same) ?? 0,
        retrainedLayers: comparison?.count(.retrained) ?? 0,
        addedLayers: comparison?.count(.added) ?? draft.network.layersWithTensors.count,
        droppedLayers: comparison?.count(.dropped) ?? 0,
        sharedBytes: comparison?.sharedBytes ?? 0, newBytes: comparison?.newBytes ?? allBytes,
        ownByteCount: pack?.byteCount ?? 0,
        tensorGroups: [named(draft.network.backbone), named(draft.network.head)],
        packs: pack.map { [$0] } ?? [], datasetVersionIDs: draft.datasetVersionIDs,
        mustBeNewModel: draft.mustBeNew, run: completion))
    return RegisteredModel(
      record: record, comparison: comparison, bytesAdded: pack?.byteCount ?? 0)
  }

  /// The description of the backbone: the base's own text where it is the same, since writing a
  /// long one takes longer than comparing it.
  private func backboneText(of draft: ModelDraft) throws -> String {
    if let base = draft.base, base.network.backbone == draft.network.backbone {
      return base.record.backbone
    }
    return try CanonicalJSON.text(of: draft.network.backbone)
  }

  private func checkFrozenLayers(of draft: ModelDraft, _ digests: [String: Digest]) throws {
    guard let base = draft.base else { return }
    let changed = draft.freezePlan.changedTensors(
      of: draft.network, digests, from: base.digests)
    guard let (layer, tensor) = changed.first else { return }
    throw RegistryError(
      .frozenLayerChanged,
      "\(tensor) is frozen and no longer has the digest that \(base.name) has for it.",
      place: Place(layer: layer, tensor: tensor, subject: draft.name),
      remedy: "Nothing was registered. Run `registry verify`; if it finds no damage, this is "
        + "a bug to report.")
  }
}

extension RegistryError.Code {
  /// A frozen layer's tensor does not have its base's digest after training.
  package static let frozenLayerChanged = Self("frozen_layer_changed", .internal)
}
