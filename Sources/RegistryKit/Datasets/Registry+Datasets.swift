package import Catalog

extension Registry {
  /// All versions of all datasets, or of one, newest first.
  ///
  /// - Throws: `unknown_dataset` when there is no dataset of that name.
  public func datasets(named name: String? = nil) throws -> [DatasetSummary] {
    if let name { _ = try catalog.datasetVersion(try Reference(parsing: name)) }
    return try catalog.datasetVersions(named: name).map { try summary(of: $0, labelSplits: nil) }
  }

  /// One dataset version.
  ///
  /// - Throws: `unknown_dataset`.
  public func dataset(_ reference: String) throws -> DatasetSummary {
    let version = try catalog.datasetVersion(try Reference(parsing: reference))
    return try summary(of: version, labelSplits: try labelSplits(of: version))
  }

  private func summary(
    of version: DatasetVersionRecord, labelSplits: [String: [String: Int]]?
  ) throws -> DatasetSummary {
    let annotations = try catalog.annotations(ofDatasetVersion: version.id)
    return DatasetSummary(
      dataset: version.dataset, version: version.version, images: version.imageCount,
      labels: version.labels, splits: version.splitCounts, labelSplits: labelSplits,
      seed: version.seed, createdAt: version.createdAt.iso8601, tags: annotations.tags,
      note: annotations.note)
  }

  /// How many images of each label are in each split.
  package func labelSplits(
    of version: DatasetVersionRecord
  ) throws -> [String: [String: Int]] {
    var counts: [String: [String: Int]] = [:]
    for item in try catalog.items(of: version) {
      counts[item.label, default: [:]][item.split.rawValue, default: 0] += 1
    }
    return counts
  }
}

extension DatasetVersionRecord {
  /// How many images are in each split, empty ones included.
  package var splitCounts: [String: Int] {
    Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0.rawValue, splits[$0] ?? 0) })
  }
}
