/// Finds hashes of 64 bits that differ little from one: multi-index hashing
/// (Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", 2012,
/// arXiv:1307.2982).
///
/// Hashes are looked up by each of their four quarters of 16 bits. Two that differ in *d* bits
/// differ in at most *d* / 4 bits in one quarter, so looking up all quarters that differ in `r` bits
/// finds everything within 4 *r* + 3 bits.
///
/// Equal hashes are one group, so that a thousand blank pages are one entry and not a million pairs.
package struct HashIndex: Sendable {
  private static let keyCount = 1 << 16

  /// The positions of each distinct hash, in order; the groups are in the order of their first.
  package let groups: [[Int]]
  /// The hash of each group.
  private let hashes: [UInt64]
  /// For each quarter, where the positions of each key begin; one more than there are keys.
  private let starts: [[UInt32]]
  /// For each quarter, the groups sorted by key.
  private let positions: [[UInt32]]

  /// - Complexity: O(*n*).
  package init(_ all: [UInt64]) {
    var groups: [[Int]] = []
    var hashes: [UInt64] = []
    var groupOfHash: [UInt64: Int] = [:]
    for (position, hash) in all.enumerated() {
      if let group = groupOfHash[hash] {
        groups[group].append(position)
      } else {
        groupOfHash[hash] = groups.count
        groups.append([position])
        hashes.append(hash)
      }
    }
    self.groups = groups
    self.hashes = hashes
    var starts: [[UInt32]] = []
    var positions: [[UInt32]] = []
    for quarter in 0..<4 {
      var counts = [UInt32](repeating: 0, count: Self.keyCount + 1)
      for hash in hashes { counts[Int(Self.key(hash, quarter)) + 1] += 1 }
      for key in 0..<Self.keyCount { counts[key + 1] += counts[key] }
      starts.append(counts)
      var sorted = [UInt32](repeating: 0, count: hashes.count)
      for (group, hash) in hashes.enumerated() {
        let key = Int(Self.key(hash, quarter))
        sorted[Int(counts[key])] = UInt32(group)
        counts[key] += 1
      }
      positions.append(sorted)
    }
    self.starts = starts
    self.positions = positions
  }

  private static func key(_ hash: UInt64, _ quarter: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: hash >> UInt64(16 * quarter))
  }

  /// Calls `body` once with the group of each distinct hash that is found within a distance.
  ///
  /// - Parameters:
  ///   - hash: What to look for.
  ///   - maximum: In how many bits a hash may differ.
  ///   - perQuarter: In how many bits, 0 or 1, the quarter by which it is found may differ. All that
  ///     differ in at most 3 or 7 bits are found, and of the others most.
  ///   - body: Takes the group, by its place in ``groups``, and the number of bits.
  /// - Complexity: O(hashes that nearly agree in a quarter), after 4 or 68 looks at the table.
  package func forEachNeighbour(
    of hash: UInt64, within maximum: Int, perQuarter: Int,
    _ body: (_ group: Int, _ distance: Int) -> Void
  ) {
    precondition(perQuarter == 0 || perQuarter == 1, "none or one")
    for quarter in 0..<4 {
      let key = Self.key(hash, quarter)
      visit(key, quarter, hash, maximum, perQuarter, body)
      guard perQuarter == 1 else { continue }
      for bit in 0..<16 { visit(key ^ 1 << UInt16(bit), quarter, hash, maximum, perQuarter, body) }
    }
  }

  private func visit(
    _ key: UInt16, _ quarter: Int, _ hash: UInt64, _ maximum: Int, _ perQuarter: Int,
    _ body: (Int, Int) -> Void
  ) {
    let start = Int(starts[quarter][Int(key)])
    let end = Int(starts[quarter][Int(key) + 1])
    for slot in start..<end {
      let group = Int(positions[quarter][slot])
      let difference = hash ^ hashes[group]
      let distance = difference.nonzeroBitCount
      guard distance <= maximum else { continue }
      // One that is found by several quarters counts in the first of them.
      let isKnown = (0..<quarter).contains {
        Self.key(difference, $0).nonzeroBitCount <= perQuarter
      }
      if !isKnown { body(group, distance) }
    }
  }
}
