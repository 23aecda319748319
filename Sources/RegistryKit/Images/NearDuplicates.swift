private import Images

/// Images whose perceptual hashes are equal or nearly equal.
package struct NearDuplicates: Sendable {
  /// In how many of 64 bits the hashes of two nearly equal pictures differ at the most.
  package static let maximumDistance = 3

  /// The positions of each distinct hash, in order; the groups are in the order of their first.
  package let groups: [[Int]]
  /// All pairs of groups whose hashes differ in at most ``maximumDistance`` bits, the smaller place
  /// first.
  package let pairs: [(first: Int, second: Int, distance: Int)]

  /// - Complexity: O(*n* + pairs of distinct hashes that share a quarter): near linear for pictures
  ///   that differ, and for pictures that are all the same.
  package init(_ hashes: [UInt64]) {
    let index = HashIndex(hashes)
    var pairs: [(first: Int, second: Int, distance: Int)] = []
    for (second, group) in index.groups.enumerated() {
      index.forEachNeighbour(
        of: hashes[group[0]], within: Self.maximumDistance, perQuarter: 0
      ) { first, distance in
        if first < second { pairs.append((first, second, distance)) }
      }
    }
    groups = index.groups
    self.pairs = pairs
  }

  /// Which positions are connected, directly or by way of others.
  package func connectedSets() -> ConnectedSets {
    var sets = ConnectedSets(count: groups.reduce(0) { $0 + $1.count })
    for group in groups {
      for position in group.dropFirst() { sets.connect(group[0], position) }
    }
    for pair in pairs { sets.connect(groups[pair.first][0], groups[pair.second][0]) }
    return sets
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
