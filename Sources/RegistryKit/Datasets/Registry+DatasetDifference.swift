import Catalog
import Tensors

extension Registry {
  /// How two versions of a dataset, or two datasets, differ.
  ///
  /// - Throws: `unknown_dataset`, `unknown_dataset_version`.
  /// - Complexity: O(*n* log *n*) in what changed in the versions from one to the other; for two
  ///   datasets, in their images.
  public func datasetDifference(_ first: String, _ second: String) throws -> DatasetDifference {
    let a = try catalog.datasetVersion(try Reference(parsing: first))
    let b = try catalog.datasetVersion(try Reference(parsing: second))
    if a.dataset == b.dataset {
      let changes = try catalog.changes(from: a, to: b)
      return DatasetDifference(a, b, before: changes.before, after: changes.after)
    }
    return DatasetDifference(
      a, b, before: try catalog.items(of: a), after: try catalog.items(of: b))
  }
}

extension DatasetDifference {
  /// Sorts items that one of two versions has, and the other has not or otherwise.
  fileprivate init(
    _ a: DatasetVersionRecord, _ b: DatasetVersionRecord, before: [DatasetItem],
    after: [DatasetItem]
  ) {
    self.init(
      a: DatasetName(dataset: a.dataset, version: a.version),
      b: DatasetName(dataset: b.dataset, version: b.version),
      added: [], removed: [], relabelled: [], moved: [], regrouped: [], unchanged: 0)
    let former = Dictionary(before.map { ($0.digest, $0) }) { first, _ in first }
    let latter = Set(after.map(\.digest))
    removed = before.filter { !latter.contains($0.digest) }.map(Image.init)
    var changed = 0
    for item in after {
      guard let old = former[item.digest] else {
        added.append(Image(item))
        continue
      }
      let digest = item.digest.hexadecimal
      if old.labels != item.labels {
        relabelled.append(
          .init(digest: digest, path: item.sourcePath, from: old.labels, to: item.labels))
      }
      if old.split != item.split {
        moved.append(
          .init(
            digest: digest, path: item.sourcePath, from: old.split.rawValue,
            to: item.split.rawValue))
      }
      if old.group != item.group {
        regrouped.append(
          .init(digest: digest, path: item.sourcePath, from: old.group, to: item.group))
      }
      if old.labels != item.labels || old.split != item.split || old.group != item.group {
        changed += 1
      }
    }
    unchanged = b.imageCount - added.count - changed
  }
}

extension DatasetDifference.Image {
  fileprivate init(_ item: DatasetItem) {
    self.init(
      digest: item.digest.hexadecimal, path: item.sourcePath, labels: item.labels,
      split: item.split.rawValue)
  }
}
