private import Images

/// Finds images whose perceptual hashes are nearly equal.
package struct NearDuplicates: Sendable {
  /// In how many of 64 bits the hashes of two nearly equal pictures differ at the most.
  package static let maximumDistance = 3

  /// All pairs of positions whose hashes differ in at most ``maximumDistance`` bits, the smaller
  /// position first.
  ///
  /// - Complexity: O(*n* + pairs that share a quarter): near linear for pictures that differ.
  package static func pairs(_ hashes: [UInt64]) -> [(first: Int, second: Int, distance: Int)] {
    let index = HashIndex(hashes)
    var pairs: [(first: Int, second: Int, distance: Int)] = []
    for (second, hash) in hashes.enumerated() {
      index.forEachNeighbour(of: hash, within: maximumDistance, perQuarter: 0) { first, distance in
        if first < second { pairs.append((first, second, distance)) }
      }
    }
    return pairs
  }
}

/// Sets of positions that are connected, directly or by way of others.
package struct ConnectedSets: Sendable {
  private var parents: [Int]

  /// Each of `count` positions is a set of its own.
  package init(count: Int) { parents = Array(0..<count) }

  /// Connects the sets of two positions.
  package mutating func connect(_ first: Int, _ second: Int) {
    let one = representative(of: first)
    let other = representative(of: second)
    parents[max(one, other)] = min(one, other)
  }

  /// The smallest position of the set that holds a position.
  package mutating func representative(of position: Int) -> Int {
    var position = position
    while parents[position] != position {
      parents[position] = parents[parents[position]]
      position = parents[position]
    }
    return position
  }
}
