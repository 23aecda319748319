import Diagnostics
import Images
import Synchronization

/// Finds pictures that are the same, nearly the same, or a slightly cropped part of another.
///
/// Perceptual hashes of the whole of each picture and of many windows of it propose pairs; then the
/// thumbnails of a pair are laid over each other and compared. Pictures with the same hash are
/// compared with the first of them only, so that a thousand blank pages cost a thousand comparisons.
struct DuplicateSearch: Sendable {
  /// Two pictures that are too alike.
  struct Pair: Sendable {
    enum Kind: Sendable { case exact, near, crop }

    /// The position of the first picture; of a crop, that of the picture it was cut from.
    var first: Int
    /// The position of the second picture, or of the crop.
    var second: Int
    var kind: Kind
    /// How alike their thumbnails are, at most 1.
    var correlation: Double
    /// What of the first picture the second shows.
    var window: GreyThumbnail.Window
  }

  /// In how many bits the hashes of a window and of a crop may differ to be compared more closely.
  ///
  /// Of crops of photographs that cut off at most a tenth of each side all have at most 8, and of
  /// pictures that have nothing to do with each other hardly any have less than 12.
  static let maximumDistance = 10
  /// The margin, as a share of a side, up to which two pictures show the same part.
  static let negligibleMargin = 0.02

  /// How alike two thumbnails must be.
  var minimumCorrelation: Double

  /// All pairs, those of exact duplicates first.
  ///
  /// - Complexity: O(*n*) for pictures that differ.
  /// - Throws: `interrupted`.
  func pairs(
    _ statistics: [ImageStatistics], threads: Int, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> [Pair] {
    var pairs: [Pair] = []
    var firstByPixels: [UInt64: Int] = [:]
    for (position, picture) in statistics.enumerated() {
      if let first = firstByPixels[picture.pixels] {
        pairs.append(Pair(first, position, .exact, 1, .whole))
      } else {
        firstByPixels[picture.pixels] = position
      }
    }
    let distinct = firstByPixels.values.sorted()
    let windowHashes = Mutex([[UInt64]](repeating: [], count: distinct.count))
    try loop(distinct.count, "Hashing", threads, progress, cancellation) { slot in
      let hashes = statistics[distinct[slot]].thumbnail.windowHashes()
      windowHashes.withLock { $0[slot] = hashes }
    }
    let hashes = windowHashes.withLock { $0 }
    // The first window is the whole picture.
    let index = HashIndex(hashes.map { $0[0] })
    let thumbnails = distinct.map { statistics[$0].thumbnail }
    for group in index.groups {
      for other in group.dropFirst() {
        if let pair = compared(thumbnails, group[0], other, .whole) { pairs.append(pair) }
      }
    }
    pairs += try crops(index, hashes, thumbnails, threads, progress, cancellation)
    return pairs.map { pair in
      guard pair.kind != .exact else { return pair }
      var pair = pair
      (pair.first, pair.second) = (distinct[pair.first], distinct[pair.second])
      return pair
    }
  }

  /// Pairs among pictures with different hashes, by slot.
  private func crops(
    _ index: HashIndex, _ hashes: [[UInt64]], _ thumbnails: [GreyThumbnail], _ threads: Int,
    _ progress: any ProgressObserver, _ cancellation: Cancellation
  ) throws -> [Pair] {
    struct Key: Hashable {
      var first: Int
      var second: Int
    }
    let leaders = index.groups.map { $0[0] }
    let found = Mutex<[Key: Pair]>([:])
    try loop(leaders.count, "Comparing", threads, progress, cancellation) { place in
      let slot = leaders[place]
      guard !thumbnails[slot].isPlain else { return }
      // The window that comes closest to each other picture.
      var closest: [Int: (window: Int, distance: Int)] = [:]
      for (window, hash) in hashes[slot].enumerated() {
        index.forEachNeighbour(of: hash, within: Self.maximumDistance, perQuarter: 1) {
          if $0 != place, $1 < closest[$0]?.distance ?? .max { closest[$0] = (window, $1) }
        }
      }
      for (other, match) in closest {
        let pair = compared(
          thumbnails, slot, leaders[other], GreyThumbnail.windows[match.window])
        guard let pair else { continue }
        let key = Key(first: min(slot, leaders[other]), second: max(slot, leaders[other]))
        // Each may be found from the other; of two pairs that are as good, the one by the smaller
        // slot stays, whichever thread is faster.
        found.withLock { pairs in
          let isBetter =
            pairs[key].map { ($0.correlation, -$0.first) < (pair.correlation, -pair.first) } ?? true
          if isBetter { pairs[key] = pair }
        }
      }
    }
    return found.withLock { $0.values.sorted { ($0.first, $0.second) < ($1.first, $1.second) } }
  }

  private func compared(
    _ thumbnails: [GreyThumbnail], _ first: Int, _ second: Int, _ window: GreyThumbnail.Window
  ) -> Pair? {
    let (one, other) = (thumbnails[first], thumbnails[second])
    if one.isPlain && other.isPlain {
      return abs(one.mean - other.mean) < 8 ? Pair(first, second, .near, 1, .whole) : nil
    }
    let best = one.bestWindow(for: other, near: window)
    guard best.correlation >= minimumCorrelation else { return nil }
    let isWhole = best.window.widestMargin <= Self.negligibleMargin
    return isWhole
      ? Pair(min(first, second), max(first, second), .near, best.correlation, .whole)
      : Pair(first, second, .crop, best.correlation, best.window)
  }

  private func loop(
    _ count: Int, _ activity: String, _ threads: Int, _ progress: any ProgressObserver,
    _ cancellation: Cancellation, _ body: @Sendable (Int) -> Void
  ) throws {
    let completed = Atomic<Int>(0)
    try ParallelLoop.run(count: count, threads: threads) { index in
      try cancellation.check()
      body(index)
      let done = completed.wrappingAdd(1, ordering: .relaxed).newValue
      progress.progress(
        ProgressUpdate(activity, completed: done, total: count, unit: "images"))
    }
  }
}

extension DuplicateSearch.Pair {
  fileprivate init(
    _ first: Int, _ second: Int, _ kind: Kind, _ correlation: Double,
    _ window: GreyThumbnail.Window
  ) {
    self.init(
      first: first, second: second, kind: kind, correlation: correlation, window: window)
  }
}

extension Cancellation {
  /// - Throws: `interrupted` when somebody asked for the check to stop.
  func check() throws(RegistryError) {
    guard !isCancelled else {
      throw RegistryError(
        .interrupted, "The check was stopped.",
        remedy: "Run the same command again: what was measured is kept.")
    }
  }
}
