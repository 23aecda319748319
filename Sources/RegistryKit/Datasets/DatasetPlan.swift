package import Catalog
package import Tensors

/// What an import makes of a dataset: which images come, go or move, and which splits they get.
///
/// A pure function of the accepted files and of the newest version. It takes some forty bytes for each
/// image: what else there is to an image is looked up where it is needed.
package struct DatasetPlan {
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

  /// The images of which the newest version has another label, split or group.
  package private(set) var removed: [Digest] = []
  /// Pairs of nearly equal images in different splits, at least one of which is among ``added``: each of
  /// these with one image of every other split for each hash that is nearly equal.
  package private(set) var leaks: [ImageImportResult.SplitLeak] = []

  private let images: PlannedImages
  private let splits: [Split]
  /// The images that are added, by their positions among ``images``.
  private var changed: [Int32] = []

  /// - Parameters:
  ///   - entries: each image once.
  ///   - existing: of the images of the newest version those that are among the entries, those that
  ///     are nearly equal to one, and one of each of their groups; all of them when they are drawn
  ///     anew.
  ///   - draw: what decides where nothing else does.
  ///   - redraws: whether images of the newest version are drawn anew, because the user asked for
  ///     another seed or other shares.
  package init(
    _ entries: LazyMapCollection<Range<Int>, Entry>,
    existing: LazyMapCollection<Range<Int>, DatasetItem>, draw: SplitDraw, redraws: Bool = false
  ) {
    images = PlannedImages(entries, existing: existing)
    let near = NearDuplicates(images.perceptualHashes)
    splits = images.splits(near.connectedSets(), draw, redraws: redraws)
    var isChanged = [Bool](repeating: false, count: images.count)
    for position in 0..<images.count {
      if let old = images.former(at: position) {
        let item = images.item(at: position, splits[position])
        guard old.labels != item.labels || old.split != item.split || old.group != item.group
        else { continue }
        removed.append(item.digest)
      }
      changed.append(Int32(position))
      isChanged[position] = true
    }
    leaks = Self.leaks(near, splits, isChanged).map { [images, splits] first, second, distance in
      ImageImportResult.SplitLeak(
        paths: [images.entry(at: first).path, images.entry(at: second).path],
        splits: [splits[first].rawValue, splits[second].rawValue], distance: distance)
    }
  }

  /// The plan for a few images, which are at hand.
  package init(
    _ entries: [Entry], existing: [DatasetItem], draw: SplitDraw, redraws: Bool = false
  ) {
    self.init(
      entries.indices.lazy.map { entries[$0] },
      existing: existing.indices.lazy.map { existing[$0] },
      draw: draw, redraws: redraws)
  }

  /// Pairs of positions in different splits, at least one of which changed.
  ///
  /// - Complexity: O(images), and not their square where thousands have the same hash.
  private static func leaks(
    _ near: NearDuplicates, _ splits: [Split], _ isChanged: [Bool]
  ) -> [(first: Int, second: Int, distance: Int)] {
    // The first image of each split speaks for the others with the same hash.
    let places = Dictionary(uniqueKeysWithValues: zip(Split.allCases, 0...))
    func place(_ group: Int, _ split: Split) -> Int { 3 * group + (places[split] ?? 0) }
    var firsts = [Int32?](repeating: nil, count: 3 * near.groups.count)
    for (group, positions) in near.groups.enumerated() {
      for position in positions.reversed() {
        firsts[place(group, splits[position])] = Int32(position)
      }
    }
    var known: Set<[Int]> = []
    var leaks: [(first: Int, second: Int, distance: Int)] = []
    func add(_ group: Int, _ other: Int, _ distance: Int) {
      for position in near.groups[group] where isChanged[position] {
        for split in Split.allCases where split != splits[position] {
          guard let partner = firsts[place(other, split)].map({ Int($0) }) else { continue }
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

  /// The images that are new, or have another label, split or group than before.
  package var added: LazyMapCollection<Range<Int>, DatasetItem> {
    changed.indices.lazy.map { [images, splits, changed] index in
      let position = Int(changed[index])
      return images.item(at: position, splits[position])
    }
  }

  /// Which of the entries are among ``added``.
  var addedEntries: some Sequence<Int> {
    changed.lazy.map { [oldCount = images.oldCount] in Int($0) - oldCount }.filter { $0 >= 0 }
  }
}
