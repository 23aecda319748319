import Catalog
import Tensors

/// The images that a ``DatasetPlan`` decides about: those of the newest version that do not arrive, then
/// those that do, so that a set of images that belong together stays where it was.
struct PlannedImages {
  /// How many of the newest version do not arrive.
  var oldCount: Int { old.count }
  var count: Int { old.count + entries.count }

  private let entries: LazyMapCollection<Range<Int>, DatasetPlan.Entry>
  private let existing: LazyMapCollection<Range<Int>, DatasetItem>
  /// The images that do not arrive, by their positions in ``existing``.
  private let old: [Int32]
  /// For each entry, its position in ``existing``.
  private let formers: [Int32?]

  init(
    _ entries: LazyMapCollection<Range<Int>, DatasetPlan.Entry>,
    existing: LazyMapCollection<Range<Int>, DatasetItem>
  ) {
    self.entries = entries
    self.existing = existing
    var known = existing.enumerated().map {
      (digest: $0.element.digest, position: Int32($0.offset))
    }
    known.sort { $0.digest < $1.digest }
    var isArriving = [Bool](repeating: false, count: known.count)
    var formers: [Int32?] = []
    formers.reserveCapacity(entries.count)
    for entry in entries {
      let index = known.partitioningIndex { $0.digest >= entry.digest }
      guard index < known.count, known[index].digest == entry.digest else {
        formers.append(nil)
        continue
      }
      formers.append(known[index].position)
      isArriving[Int(known[index].position)] = true
    }
    self.formers = formers
    old = isArriving.indices.filter { !isArriving[$0] }.map { Int32($0) }
  }

  /// What the newest version says of an image; `nil` when it has it not.
  func former(at position: Int) -> DatasetItem? {
    if position < oldCount { return existing[Int(old[position])] }
    return formers[position - oldCount].map { existing[Int($0)] }
  }

  func entry(at position: Int) -> DatasetPlan.Entry {
    if position < oldCount {
      let item = existing[Int(old[position])]
      return DatasetPlan.Entry(
        digest: item.digest, perceptualHash: item.perceptualHash, labels: item.labels,
        path: item.sourcePath, group: item.group)
    }
    var entry = entries[position - oldCount]
    if entry.group == nil { entry.group = former(at: position)?.group }
    return entry
  }

  /// The image as the dataset will hold it.
  func item(at position: Int, _ split: Split) -> DatasetItem {
    let entry = entry(at: position)
    return DatasetItem(
      digest: entry.digest, labels: entry.labels, split: split, sourcePath: entry.path,
      group: entry.group, perceptualHash: entry.perceptualHash)
  }

  var perceptualHashes: [UInt64] {
    old.map { existing[Int($0)].perceptualHash } + entries.map(\.perceptualHash)
  }

  /// The split of each image: the settled one, else that of the images it belongs with, else what is
  /// drawn for them.
  func splits(_ near: ConnectedSets, _ draw: SplitDraw, redraws: Bool) -> [Split] {
    var sets = near
    var firstOfGroup: [String: Int] = [:]
    var settled: [Split?] = []
    settled.reserveCapacity(count)
    for position in 0..<count {
      let (entry, former) = (entry(at: position), former(at: position))
      // An image that comes into another group goes where that group is.
      settled.append(
        entry.split
          ?? former.flatMap { redraws || $0.group != entry.group ? nil : $0.split })
      guard let group = entry.group else { continue }
      if let first = firstOfGroup[group] {
        sets.connect(first, position)
      } else {
        firstOfGroup[group] = position
      }
    }
    // By the smallest position of each set.
    var splitOfSet = [Split?](repeating: nil, count: count)
    var namesake = [Int32?](repeating: nil, count: count)
    for position in 0..<count {
      let set = sets.representative(of: position)
      if splitOfSet[set] == nil { splitOfSet[set] = settled[position] }
      if let known = namesake[set], name(at: Int(known)) <= name(at: position) { continue }
      namesake[set] = Int32(position)
    }
    return (0..<count).map { position in
      let set = sets.representative(of: position)
      return settled[position] ?? splitOfSet[set]
        ?? draw.split(of: name(at: namesake[set].map { Int($0) } ?? position))
    }
  }

  /// What an image is drawn by when it is alone: its group or its digest.
  private func name(at position: Int) -> String {
    let entry = entry(at: position)
    return entry.group ?? entry.digest.hexadecimal
  }
}

extension Array {
  /// The first position from which on a condition holds, if it holds of all elements behind one of
  /// which it holds.
  fileprivate func partitioningIndex(where belongsBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
