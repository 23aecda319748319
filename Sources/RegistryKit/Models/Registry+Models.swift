private import Catalog
private import Networks
package import Tensors

extension Registry {
  /// All versions of all models, or of one, newest first.
  ///
  /// - Throws: `unknown_model` when there is no model of that name.
  public func models(named name: String? = nil) throws -> [ModelSummary] {
    if let name { _ = try catalog.modelVersion(try Reference(parsing: name)) }
    return try catalog.modelVersions(named: name, limit: nil, before: nil).map(summary)
  }

  /// One model version with its layers.
  ///
  /// - Throws: `unknown_model`.
  public func model(_ reference: String) throws -> ModelDetails {
    let model = try load(reference)
    // The bytes of a deleted base may be gone; its digests are not.
    let base = try model.record.baseID.map { try tensorDigests(ofVersion: $0) }
    let preprocessing = model.preprocessing
    return ModelDetails(
      summary: try summary(of: model.record),
      preprocessing: .init(
        shortSide: preprocessing.shortSide,
        crop: [preprocessing.cropHeight, preprocessing.cropWidth],
        interpolation: preprocessing.interpolation.rawValue, mean: preprocessing.mean,
        standardDeviation: preprocessing.standardDeviation),
      layers: model.network.layersWithTensors.map { layer in
        let names = layer.tensors.map(\.name)
        return .init(
          name: layer.name, kind: layer.operation.kind,
          frozen: model.freezePlan.isFrozen(layer.name),
          bytes: names.reduce(0) { $0 + (model.stateDict[$1]?.byteCount ?? 0) },
          inherited: base.map { base in
            names.allSatisfy { base[$0] == model.digests[$0] }
          } ?? false)
      })
  }

  /// The digests of a version's tensors by name, also when their bytes are not kept.
  package func tensorDigests(ofVersion id: Int64) throws -> [String: Digest] {
    Dictionary(
      try catalog.namedTensors(ofVersion: id).map { ($0.name, $0.digest) },
      uniquingKeysWith: { first, _ in first })
  }

  private func summary(of record: ModelVersionRecord) throws -> ModelSummary {
    let annotations = try catalog.annotations(ofModelVersion: record.id)
    return ModelSummary(
      model: record.model, version: record.version, origin: record.origin.rawValue,
      architecture: record.architecture, parameters: record.parameterCount,
      labels: try CanonicalJSON.value(
        [String].self, from: record.labels, subject: "\(record.model)@\(record.version)"),
      base: record.base.map { ModelName(model: $0.name, version: $0.version) },
      run: record.runID, ownBytes: record.ownByteCount, sharedBytes: record.sharedBytes,
      createdAt: record.createdAt.iso8601, aliases: try catalog.aliases(ofVersion: record.id),
      metrics: try record.runID.map { try keptMetrics(of: $0) } ?? [:], tags: annotations.tags,
      note: annotations.note)
  }

  /// The metrics of the weights that a run kept, by the names that its epochs use.
  private func keptMetrics(of run: String) throws -> [String: Double] {
    let last = try catalog.lastMetrics(of: run)
    var kept: [String: Double] = [:]
    for (key, value) in last where key.hasPrefix(MetricHistory.keptPrefix) {
      kept[key == "best_epoch" ? key : String(key.dropFirst(MetricHistory.keptPrefix.count))] =
        value
    }
    return kept.isEmpty ? last : kept
  }
}
