private import Catalog
private import Diagnostics
private import Tensors

extension Registry {
  /// A page of the images of a dataset version, of one label or split or of all, ordered by label and
  /// path.
  ///
  /// - Throws: `unknown_dataset`, `unknown_split`.
  /// - Complexity: O(*n* log *n*) in the images of the dataset.
  public func images(
    of dataset: String, label: String? = nil, split: String? = nil, offset: Int = 0,
    limit: Int = 100
  ) throws -> DatasetImages {
    let version = try catalog.datasetVersion(try Reference(parsing: dataset))
    let wanted = try split.map { name in
      guard let split = Split(rawValue: name) else {
        throw RegistryError(
          .unknownSplit, "There is no split \(NameRule.shown(name)).", place: .subject(name),
          remedy: "Use train, validation or test.")
      }
      return split
    }
    let items = try catalog.items(
      of: version, label: label, split: wanted, offset: offset, limit: limit + 1)
    return DatasetImages(
      dataset: version.dataset, version: version.version,
      images: items.prefix(limit).map {
        DatasetDifference.Image(
          digest: $0.digest.hexadecimal, path: $0.sourcePath, labels: $0.labels,
          split: $0.split.rawValue)
      }, next: items.count > limit ? offset + limit : nil)
  }
}
