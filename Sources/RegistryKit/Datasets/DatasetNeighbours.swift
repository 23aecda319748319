import Catalog
import Tensors

extension CatalogDatabase {
  /// What a ``DatasetPlan`` needs to know of a dataset's newest version: the images that arrive, those
  /// that are nearly equal to a new one, and one of each group that arrives.
  ///
  /// - Complexity: O(entries) look-ups; when most of the dataset arrives, it is read as a whole.
  func neighbours(
    of entries: some RandomAccessCollection<DatasetPlan.Entry>, in version: DatasetVersionRecord
  ) throws -> ItemList {
    // Reading one item after the other takes less time than looking up a part of them.
    if entries.count > version.imageCount / 2 { return try itemList(of: version) }
    var found = try currentItems(of: version, entries.map(\.digest))
    var groups: Set<String> = []
    var hashes: Set<UInt64> = []
    for entry in entries {
      let known = found[entry.digest]
      if known == nil { hashes.insert(entry.perceptualHash) }
      if let group = entry.group ?? known?.group { groups.insert(group) }
    }
    for item in try currentItems(of: version, oneOfEachGroup: groups.sorted()) {
      found[item.digest] = item
    }
    let near = try currentItems(
      of: version, withHashesNear: hashes, maximumDistance: NearDuplicates.maximumDistance)
    for item in near { found[item.digest] = item }
    var items = ItemList()
    for item in found.values.sorted(by: {
      ($0.label, $0.sourcePath, $0.digest) < ($1.label, $1.sourcePath, $1.digest)
    }) { items.append(item) }
    return items
  }

  /// The images of a dataset version, by label, path and digest.
  func itemList(of version: DatasetVersionRecord) throws -> ItemList {
    var items = ItemList()
    try eachItem(of: version) { items.append($0) }
    return items
  }
}
