import Catalog

extension Registry {
  /// A page of the versions of all datasets, or of one, the newest first unless it says otherwise.
  ///
  /// - Throws: `unknown_dataset` when there is no dataset of that name, `malformed_search` for a
  ///   condition or an order.
  /// - Complexity: O(page), see the catalogue's search.
  public func datasets(_ list: ListRequest = ListRequest()) throws -> DatasetList {
    var request = try SearchRequest(.datasets, list)
    request.name = try list.name.map {
      try catalog.datasetVersion(try Reference(parsing: $0)).dataset
    }
    request.after = try list.after.map {
      try catalog.datasetVersion(try Reference(parsing: $0)).id
    }
    let page = try catalog.search(request)
    let annotations = try catalog.annotations(of: .datasetVersion, page.ids)
    let datasets = try catalog.datasetVersions(page.ids).map {
      summary(of: $0, annotations[$0.id] ?? Annotations(), isWhole: false)
    }
    return DatasetList(
      datasets: datasets,
      next: page.hasMore ? datasets.last.map { "\($0.dataset)@\($0.version)" } : nil)
  }

  /// One dataset version.
  ///
  /// - Throws: `unknown_dataset`.
  /// - Complexity: O(labels) for the newest version.
  public func dataset(_ reference: String) throws -> DatasetSummary {
    let version = try catalog.datasetVersion(try Reference(parsing: reference))
    return summary(
      of: version, try catalog.annotations(ofDatasetVersion: version.id), isWhole: true)
  }

  private func summary(
    of version: DatasetVersionRecord, _ annotations: Annotations, isWhole: Bool
  ) -> DatasetSummary {
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
