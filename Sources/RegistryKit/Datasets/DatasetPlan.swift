package import Catalog
package import Tensors

/// What an import makes of a dataset: which images come, go or move, and which splits they get.
///
/// A pure function of the accepted files and of the newest version.
package struct DatasetPlan: Sendable {
  /// An image that a dataset is to hold.
  package struct Entry: Sendable {
    package var digest: Digest
    package var perceptualHash: UInt64
    package var label: String
    package var path: String
    /// The split that a folder or a label file states.
    package var split: Split?
    package var group: String?

    package init(
      digest: Digest, perceptualHash: UInt64, label: String, path: String, split: Split? = nil,
      group: String? = nil
    ) {
      self.digest = digest
      self.perceptualHash = perceptualHash
      self.label = label
      self.path = path
      self.split = split
      self.group = group
    }
  }

  /// The images that are new, or have another label, split or group than before.
  package private(set) var added: [DatasetItem] = []
  /// The images of which the newest version has another label, split or group.
  package private(set) var removed: [Digest] = []
  /// Pairs of nearly equal images in different splits.
  package private(set) var leaks: [ImageImportResult.SplitLeak] = []

  /// - Parameters:
  ///   - entries: each image once.
  ///   - existing: the images of the newest version.
  ///   - draw: what decides where nothing else does.
  ///   - redraws: whether images of the newest version are drawn anew, because the user asked for
  ///     another seed or other shares.
  package init(
    _ entries: [Entry], existing: [DatasetItem], draw: SplitDraw, redraws: Bool = false
  ) {
    var known: [Digest: DatasetItem] = [:]
    for item in existing { known[item.digest] = item }
    let arriving = Set(entries.map(\.digest))
    // Old images first, so that a set of images that belong together stays where it was.
    let all =
      existing.filter { !arriving.contains($0.digest) }.map {
        Entry(
          digest: $0.digest, perceptualHash: $0.perceptualHash, label: $0.label,
          path: $0.sourcePath, group: $0.group)
      } + entries
    let pairs = NearDuplicates.pairs(all.map(\.perceptualHash))
    let splits = Self.splits(of: all, pairs: pairs, known: redraws ? [:] : known, draw)

    for (entry, split) in zip(all, splits) {
      let item = DatasetItem(
        digest: entry.digest, label: entry.label, split: split, sourcePath: entry.path,
        group: entry.group, perceptualHash: entry.perceptualHash)
      guard let old = known[entry.digest] else {
        added.append(item)
        continue
      }
      if old.label != item.label || old.split != item.split || old.group != item.group {
        removed.append(entry.digest)
        added.append(item)
      }
    }
    for pair in pairs where splits[pair.first] != splits[pair.second] {
      leaks.append(
        .init(
          paths: [all[pair.first].path, all[pair.second].path],
          splits: [splits[pair.first].rawValue, splits[pair.second].rawValue],
          distance: pair.distance))
    }
  }

  /// The split of each entry: what is stated, else what it was, else that of the images it belongs
  /// with, else what is drawn for them.
  private static func splits(
    of entries: [Entry], pairs: [(first: Int, second: Int, distance: Int)],
    known: [Digest: DatasetItem], _ draw: SplitDraw
  ) -> [Split] {
    var sets = ConnectedSets(count: entries.count)
    for pair in pairs { sets.connect(pair.first, pair.second) }
    var firstOfGroup: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard let group = entry.group else { continue }
      if let first = firstOfGroup[group] {
        sets.connect(first, index)
      } else {
        firstOfGroup[group] = index
      }
    }
    var splitOfSet: [Int: Split] = [:]
    var nameOfSet: [Int: String] = [:]
    let representatives = entries.indices.map { sets.representative(of: $0) }
    for (index, entry) in entries.enumerated() {
      let set = representatives[index]
      if let split = entry.split ?? known[entry.digest]?.split, splitOfSet[set] == nil {
        splitOfSet[set] = split
      }
      let name = entry.group ?? entry.digest.hexadecimal
      nameOfSet[set] = nameOfSet[set].map { min($0, name) } ?? name
    }
    return entries.enumerated().map { index, entry in
      let set = representatives[index]
      return entry.split ?? known[entry.digest]?.split ?? splitOfSet[set]
        ?? draw.split(of: nameOfSet[set] ?? entry.digest.hexadecimal)
    }
  }
}
