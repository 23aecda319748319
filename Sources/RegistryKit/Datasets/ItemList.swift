import Catalog
import Tensors

/// Images of a dataset, in some eighty bytes each.
struct ItemList: RandomAccessCollection {
  private struct Row {
    let digest: Digest
    let perceptualHash: UInt64
    let split: Split
  }

  private var rows: [Row] = []
  /// Their paths, labels and groups.
  private var places = CandidateList()

  var startIndex: Int { 0 }
  var endIndex: Int { rows.count }

  mutating func append(_ item: DatasetItem) {
    rows.append(
      Row(digest: item.digest, perceptualHash: item.perceptualHash, split: item.split))
    places.append(
      ImageCandidate(path: item.sourcePath, labels: item.labels, split: nil, group: item.group))
  }

  subscript(position: Int) -> DatasetItem {
    let (row, place) = (rows[position], places[position])
    return DatasetItem(
      digest: row.digest, labels: place.labels, split: row.split, sourcePath: place.path,
      group: place.group, perceptualHash: row.perceptualHash)
  }
}
