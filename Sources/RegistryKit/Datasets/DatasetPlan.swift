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
    package var labels: [String]
    package var path: String
    /// The split that a folder or a label file states.
    package var split: Split?
    /// The group; `nil` leaves an image of the newest version in the one that it has.
    package var group: String?

    package init(
      digest: Digest, perceptualHash: UInt64, labels: [String], path: String,
      split: Split? = nil, group: String? = nil
    ) {
      self.digest = digest
      self.perceptualHash = perceptualHash
      self.labels = labels
      self.path = path
      self.split = split
      self.group = group
    }
  }

  /// The images that are new, or have another label, split or group than before.
  package private(set) var added: [DatasetItem] = []
  /// The images of which the newest version has another label, split or group.
  package private(set) var removed: [Digest] = []
  /// Pairs of nearly equal images in different splits, at least one of which is among ``added``: each of
  /// these with one image of every other split for each hash that is nearly equal.
  package private(set) var leaks: [ImageImportResult.SplitLeak] = []

  /// - Parameters:
  ///   - entries: each image once.
  ///   - existing: of the images of the newest version those that are among the entries, those that
  ///     are nearly equal to one, and one of each of their groups; all of them when they are drawn
  ///     anew.
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
          digest: $0.digest, perceptualHash: $0.perceptualHash, labels: $0.labels,
          path: $0.sourcePath, group: $0.group)
      }
      + entries.map { entry in
        var entry = entry
        entry.group = entry.group ?? known[entry.digest]?.group
        return entry
      }
    let near = NearDuplicates(all.map(\.perceptualHash))
    // An image that comes into another group goes where that group is.
    let settled = all.map { entry in
      entry.split
        ?? known[entry.digest].flatMap { redraws || $0.group != entry.group ? nil : $0.split }
    }
    let splits = Self.splits(of: all, settled: settled, near.connectedSets(), draw)

    var changed: Set<Int> = []
    for (index, entry) in all.enumerated() {
      let item = DatasetItem(
        digest: entry.digest, labels: entry.labels, split: splits[index], sourcePath: entry.path,
        group: entry.group, perceptualHash: entry.perceptualHash)
      if let old = known[entry.digest] {
        guard old.labels != item.labels || old.split != item.split || old.group != item.group
        else { continue }
        removed.append(entry.digest)
      }
      added.append(item)
      changed.insert(index)
    }
    leaks = Self.leaks(near, splits, changed).map { first, second, distance in
      ImageImportResult.SplitLeak(
        paths: [all[first].path, all[second].path],
        splits: [splits[first].rawValue, splits[second].rawValue], distance: distance)
    }
  }

  /// Pairs of positions in different splits, at least one of which changed.
  ///
  /// - Complexity: O(images), and not their square where thousands have the same hash.
  private static func leaks(
    _ near: NearDuplicates, _ splits: [Split], _ changed: Set<Int>
  ) -> [(first: Int, second: Int, distance: Int)] {
    // The first image of each split speaks for the others with the same hash.
    let firstOfSplit = near.groups.map { group in
      Dictionary(group.map { (splits[$0], $0) }, uniquingKeysWith: { first, _ in first })
    }
    var known: Set<[Int]> = []
    var leaks: [(first: Int, second: Int, distance: Int)] = []
    func add(_ group: Int, _ other: Int, _ distance: Int) {
      for position in near.groups[group] where changed.contains(position) {
        for split in Split.allCases where split != splits[position] {
          guard let partner = firstOfSplit[other][split] else { continue }
          let pair = [min(position, partner), max(position, partner)]
          if known.insert(pair).inserted { leaks.append((pair[0], pair[1], distance)) }
        }
      }
    }
    for group in near.groups.indices { add(group, group, 0) }
    for pair in near.pairs {
      add(pair.first, pair.second, pair.distance)
      add(pair.second, pair.first, pair.distance)
    }
    return leaks.sorted { ($0.second, $0.first) < ($1.second, $1.first) }
  }

  /// The split of each entry: the settled one, else that of the images it belongs with, else what is
  /// drawn for them.
  private static func splits(
    of entries: [Entry], settled: [Split?], _ near: ConnectedSets, _ draw: SplitDraw
  ) -> [Split] {
    var sets = near
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
      if let split = settled[index], splitOfSet[set] == nil { splitOfSet[set] = split }
      let name = entry.group ?? entry.digest.hexadecimal
      nameOfSet[set] = nameOfSet[set].map { min($0, name) } ?? name
    }
    return entries.enumerated().map { index, entry in
      let set = representatives[index]
      return settled[index] ?? splitOfSet[set]
        ?? draw.split(of: nameOfSet[set] ?? entry.digest.hexadecimal)
    }
  }
}
