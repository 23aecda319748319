import RegistryKit
import TestSupport
import Testing

struct NearDuplicatesTests {
  @Test func `the pairs are those that comparing each with each finds`() {
    var generator = SeededGenerator(seed: 7)
    var hashes = (0..<300).map { _ in generator.next() }
    // Variants that differ in zero to six bits, at places drawn anew.
    for index in 0..<200 {
      var hash = hashes[index]
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        hash ^= 1 << UInt64.random(in: 0..<64, using: &generator)
      }
      hashes.append(hash)
    }
    var expected: Set<[Int]> = []
    for second in hashes.indices {
      for first in 0..<second {
        let distance = (hashes[first] ^ hashes[second]).nonzeroBitCount
        if distance <= NearDuplicates.maximumDistance {
          expected.insert([first, second, distance])
        }
      }
    }
    let near = NearDuplicates(hashes)
    var found: [[Int]] = []
    for group in near.groups {
      for second in group {
        for first in group where first < second { found.append([first, second, 0]) }
      }
    }
    for pair in near.pairs {
      for first in near.groups[pair.first] {
        for second in near.groups[pair.second] {
          found.append([min(first, second), max(first, second), pair.distance])
        }
      }
    }
    #expect(expected.count > 50)
    #expect(found.count == expected.count)
    #expect(Set(found) == expected)
  }

  @Test func `a million pictures of one hash are one group and no pair`() {
    let near = NearDuplicates([UInt64](repeating: 7, count: 1_000_000) + [6])
    #expect(near.groups.map(\.count) == [1_000_000, 1])
    #expect(near.pairs.map { [$0.first, $0.second, $0.distance] } == [[0, 1, 1]])
    var sets = near.connectedSets()
    #expect(sets.representative(of: 1_000_000) == 0 && sets.representative(of: 999_999) == 0)
  }

  @Test func `connected sets are named by their smallest position`() {
    var sets = ConnectedSets(count: 6)
    sets.connect(4, 2)
    sets.connect(5, 4)
    sets.connect(0, 1)
    #expect((0..<6).map { sets.representative(of: $0) } == [0, 0, 2, 3, 2, 2])
  }
}
