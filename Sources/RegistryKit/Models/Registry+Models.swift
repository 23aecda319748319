package import Catalog
package import Diagnostics
private import Networks
package import Tensors

extension Registry {
  /// A page of the versions of all models, or of one, the newest first unless it says otherwise.
  ///
  /// - Throws: `unknown_model` when there is no model of that name, `malformed_search` for a
  ///   condition or an order.
  /// - Complexity: O(page), see the catalogue's search.
  public func models(_ list: ListRequest = ListRequest()) throws -> ModelList {
    var request = try SearchRequest(.models, list)
    request.name = try list.name.map {
      try catalog.modelVersion(try Reference(parsing: $0)).model
    }
    request.after = try list.after.map { try catalog.modelVersion(try Reference(parsing: $0)).id }
    let page = try catalog.search(request)
    var labels: [String: [String]] = [:]
    let models = try catalog.modelVersionListings(page.ids).map {
      try summary(of: $0, decoded: &labels)
    }
    return ModelList(
      models: models, next: page.hasMore ? models.last.map { "\($0.model)@\($0.version)" } : nil)
  }

  /// One model version with its layers.
  ///
  /// - Throws: `unknown_model`.
  public func model(_ reference: String) throws -> ModelDetails {
    let model = try load(reference, tensors: { _ in false })
    // The bytes of a deleted base may be gone; its digests are not.
    let base = try model.record.baseID.map { try tensorDigests(ofVersion: $0) }
    let preprocessing = model.preprocessing
    return ModelDetails(
      summary: try summary(of: model),
      preprocessing: .init(
        shortSide: preprocessing.shortSide,
        crop: [preprocessing.cropHeight, preprocessing.cropWidth],
        interpolation: preprocessing.interpolation.rawValue, mean: preprocessing.mean,
        standardDeviation: preprocessing.standardDeviation),
      layers: model.network.layersWithTensors.map { layer in
        let tensors = layer.tensors
        return .init(
          name: layer.name, kind: layer.operation.kind,
          frozen: model.freezePlan.isFrozen(layer.name),
          bytes: tensors.reduce(0) { $0 + $1.shape.elementCount * $1.scalarType.byteCount },
          inherited: base.map { base in
            tensors.allSatisfy { base[$0.name] == model.digests[$0.name] }
          } ?? false)
      })
  }

  /// The digests of a version's tensors by name, also when their bytes are not kept.
  package func tensorDigests(ofVersion id: Int64) throws -> [String: Digest] {
    Dictionary(
      try catalog.namedTensors(ofVersion: id).map { ($0.name, $0.digest) },
      uniquingKeysWith: { first, _ in first })
  }

  private func summary(of model: LoadedModel) throws -> ModelSummary {
    var labels = [model.record.labels: model.labels]
    guard let listing = try catalog.modelVersionListings([model.record.id]).first else {
      preconditionFailure("a version that was loaded is listed")
    }
    return try summary(of: listing, decoded: &labels)
  }

  /// A version as lists show it; `decoded` has the lists of labels that were read from their texts.
  private func summary(
    of listing: ModelVersionListing, decoded: inout [String: [String]]
  ) throws -> ModelSummary {
    let labels =
      try decoded[listing.labels]
      ?? CanonicalJSON.value(
        [String].self, from: listing.labels, subject: "\(listing.model)@\(listing.version)")
    decoded[listing.labels] = labels
    return ModelSummary(
      model: listing.model, version: listing.version, origin: listing.origin.rawValue,
      architecture: listing.architecture, parameters: listing.parameterCount, labels: labels,
      base: listing.base.map { ModelName(model: $0.name, version: $0.version) },
      run: listing.runID, ownBytes: listing.ownByteCount, sharedBytes: listing.sharedBytes,
      createdAt: listing.createdAt.iso8601, aliases: listing.aliases,
      metrics: Self.keptMetrics(among: listing.metrics), tags: listing.annotations.tags,
      note: listing.annotations.note, recalled: listing.recalls.map(Recall.init))
  }

  /// The metrics of the weights that a run kept, by the names that its epochs use.
  private static func keptMetrics(among last: [String: Double]) -> [String: Double] {
    var kept: [String: Double] = [:]
    for (key, value) in last where key.hasPrefix(MetricHistory.keptPrefix) {
      kept[key == "best_epoch" ? key : String(key.dropFirst(MetricHistory.keptPrefix.count))] =
        value
    }
    return kept.isEmpty ? last : kept
  }
}

extension SearchRequest {
  /// What a list asks of the catalogue, its names aside.
  ///
  /// - Throws: `malformed_search`, `malformed_request`.
  package init(_ subject: SearchSubject, _ list: ListRequest) throws(RegistryError) {
    guard list.limit > 0, list.offset >= 0 else {
      throw RegistryError(
        .malformedRequest, "A page has at least one item and begins at one.",
        place: .subject("--limit"), remedy: "Ask for --limit 1 or more, and --offset 0 or more.")
    }
    guard list.after == nil || list.order == nil else {
      throw RegistryError(
        .malformedRequest, "--after goes on in the order of time, which --sort replaces.",
        place: .subject("--after"), remedy: "Use --offset with --sort.")
    }
    try self.init(subject, where: list.condition, sort: list.order, limit: list.limit)
    offset = list.offset
  }
}
