import Catalog

extension Registry {
  /// All versions of all datasets, or of one, newest first.
  ///
  /// - Throws: `unknown_dataset` when there is no dataset of that name.
  public func datasets(named name: String? = nil) throws -> [DatasetSummary] {
    if let name { _ = try catalog.datasetVersion(try Reference(parsing: name)) }
    return try catalog.datasetVersions(named: name).map { try summary(of: $0, isWhole: false) }
  }

  /// One dataset version.
  ///
  /// - Throws: `unknown_dataset`.
  /// - Complexity: O(labels) for the newest version.
  public func dataset(_ reference: String) throws -> DatasetSummary {
    try summary(
      of: try catalog.datasetVersion(try Reference(parsing: reference)), isWhole: true)
  }

  private func summary(of version: DatasetVersionRecord, isWhole: Bool) throws -> DatasetSummary {
    let annotations = try catalog.annotations(ofDatasetVersion: version.id)
    let counts = version.labels.values
    return DatasetSummary(
      dataset: version.dataset, version: version.version, images: version.imageCount,
      labels: version.labels, unlabelled: version.unlabelledCount,
      multiLabel: version.isMultiLabel,
      shares: version.labels.mapValues { Double($0) / Double(max(version.imageCount, 1)) },
      imbalance: counts.count < 2
        ? nil : counts.min().flatMap { least in counts.max().map { Double($0) / Double(least) } },
      splits: version.splitCounts, labelSplits: isWhole ? version.labelSplitCounts : nil,
      seed: version.seed, createdAt: version.createdAt.iso8601, tags: annotations.tags,
      note: annotations.note)
  }
}

extension DatasetVersionRecord {
  /// How many images are in each split, empty ones included.
  package var splitCounts: [String: Int] {
    Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0.rawValue, splits[$0] ?? 0) })
  }

  /// How many images of each label, the first key, are in each split that has any.
  package var labelSplitCounts: [String: [String: Int]] {
    labelSplits.mapValues { counts in
      Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }
  }
}
