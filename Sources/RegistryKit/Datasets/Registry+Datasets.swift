package import Catalog

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
      summary(of: $0, annotations[$0.id] ?? Annotations(), labelSplits: nil)
    }
    return DatasetList(
      datasets: datasets,
      next: page.hasMore ? datasets.last.map { "\($0.dataset)@\($0.version)" } : nil)
  }

  /// One dataset version.
  ///
  /// - Throws: `unknown_dataset`.
  public func dataset(_ reference: String) throws -> DatasetSummary {
    let version = try catalog.datasetVersion(try Reference(parsing: reference))
    return summary(
      of: version, try catalog.annotations(ofDatasetVersion: version.id),
      labelSplits: try labelSplits(of: version))
  }

  private func summary(
    of version: DatasetVersionRecord, _ annotations: Annotations,
    labelSplits: [String: [String: Int]]?
  ) -> DatasetSummary {
    DatasetSummary(
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
