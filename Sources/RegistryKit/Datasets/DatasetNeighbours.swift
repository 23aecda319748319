import Catalog
import Tensors

extension CatalogDatabase {
  /// What a ``DatasetPlan`` needs to know of a dataset's newest version: the images that arrive, those
  /// that are nearly equal to a new one, and one of each group that arrives.
  ///
  /// - Complexity: O(entries) look-ups; when most of the dataset arrives, it is read as a whole.
  func neighbours(
    of entries: [DatasetPlan.Entry], in version: DatasetVersionRecord
  ) throws -> [DatasetItem] {
    // Reading one item after the other takes less time than looking up a part of them.
    if entries.count > version.imageCount / 2 { return try items(of: version) }
    var found = try currentItems(of: version, entries.map(\.digest))
    let new = entries.filter { found[$0.digest] == nil }
    let groups = Set(entries.compactMap { $0.group ?? found[$0.digest]?.group })
    for item in try currentItems(of: version, oneOfEachGroup: groups.sorted()) {
      found[item.digest] = item
    }
    let near = try currentItems(
      of: version, withHashesNear: Set(new.map(\.perceptualHash)),
      maximumDistance: NearDuplicates.maximumDistance)
    for item in near { found[item.digest] = item }
    return found.values.sorted {
      ($0.label, $0.sourcePath, $0.digest) < ($1.label, $1.sourcePath, $1.digest)
    }
  }
}
