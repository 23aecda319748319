import Images
import TestSupport
import Testing

struct HashIndexTests {
  /// Random hashes, and variants of them that differ in up to nine bits.
  private static func hashes() -> [UInt64] {
    var generator = SeededGenerator(seed: 7)
    var hashes = (0..<200).map { _ in generator.next() }
    for index in 0..<400 {
      var hash = hashes[index % 200]
      for _ in 0..<Int.random(in: 0...9, using: &generator) {
        hash ^= 1 << UInt64.random(in: 0..<64, using: &generator)
      }
      hashes.append(hash)
    }
    return hashes
  }

  @Test(arguments: [(0, 3), (1, 7)])
  func `everything within the promised distance is found, and once`(
    perQuarter: Int, distance: Int
  ) {
    let hashes = Self.hashes()
    let index = HashIndex(hashes)
    var pairs = 0
    for hash in hashes {
      var found: [Int: Int] = [:]
      index.forEachNeighbour(of: hash, within: distance, perQuarter: perQuarter) {
        group, distance in
        for position in index.groups[group] {
          #expect(found.updateValue(distance, forKey: position) == nil, "once")
        }
      }
      let expected = hashes.indices.filter { (hashes[$0] ^ hash).nonzeroBitCount <= distance }
      #expect(found.keys.sorted() == expected)
      for (position, distance) in found {
        #expect(distance == (hashes[position] ^ hash).nonzeroBitCount)
      }
      pairs += expected.count
    }
    #expect(pairs > hashes.count + 100)
  }

  @Test func `most of what is a little further away is found, too`() {
    let hashes = Self.hashes()
    let index = HashIndex(hashes)
    var (found, expected) = (0, 0)
    for hash in hashes {
      expected += hashes.count { (8...10).contains(($0 ^ hash).nonzeroBitCount) }
      index.forEachNeighbour(of: hash, within: 10, perQuarter: 1) { group, distance in
        if distance > 7 { found += index.groups[group].count }
      }
    }
    #expect(expected > 50)
    #expect(Double(found) > 0.8 * Double(expected))
  }

  @Test func `equal hashes are one group, in the order of their first`() {
    let index = HashIndex([9, 5, 9, 9, 5, 1])
    #expect(index.groups == [[0, 2, 3], [1, 4], [5]])
    var found: [Int] = []
    index.forEachNeighbour(of: 9, within: 0, perQuarter: 0) { group, _ in found.append(group) }
    #expect(found == [0])
  }

  @Test func `an index of nothing finds nothing`() {
    HashIndex([]).forEachNeighbour(of: 0, within: 64, perQuarter: 1) { _, _ in
      Issue.record("there is nothing")
    }
  }
}
