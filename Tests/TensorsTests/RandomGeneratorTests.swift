import Tensors
import Testing

struct RandomGeneratorTests {
  /// The first numbers of the reference implementation (Vigna, splitmix64.c) for this seed.
  @Test func `the sequence is that of SplitMix64`() {
    var generator = RandomGenerator(seed: 1_234_567)
    let numbers: [UInt64] = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func `a generator goes on from its state`() {
    var generator = RandomGenerator(seed: 7)
    _ = generator.next()
    var copy = RandomGenerator(seed: generator.state)
    #expect(generator.next() as UInt64 == copy.next())
  }

  @Test func `streams of one seed differ`() {
    let firsts = (0..<100).map { stream -> UInt64 in
      var generator = RandomGenerator(seed: 1, stream: UInt64(stream))
      return generator.next()
    }
    #expect(Set(firsts).count == 100)
  }

  @Test func `numbers below a bound are about equally frequent`() {
    var generator = RandomGenerator(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.next(below: 7)] += 1 }
    // Six standard deviations of a binomial distribution.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 560 }, "\(counts)")
  }

  @Test func `uniform numbers stay in their range and spread over it`() {
    var generator = RandomGenerator(seed: 4)
    let numbers = (0..<10_000).map { _ in generator.uniform(in: -2..<3) }
    #expect(numbers.allSatisfy { (-2..<3).contains($0) })
    #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.1)
    #expect(generator.uniform(in: 1..<Float(1).nextUp) == 1)
  }

  @Test func `normal numbers have mean 0 and variance 1`() {
    var generator = RandomGenerator(seed: 5)
    let numbers = (0..<20_000).map { _ in generator.normal() }
    let mean = numbers.reduce(0, +) / 20_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.04)
    #expect(abs(variance - 1) < 0.05)
  }

  @Test func `a shuffle keeps all elements and never changes between versions`() {
    var generator = RandomGenerator(seed: 6)
    var elements = Array(0..<10)
    generator.shuffle(&elements)
    #expect(elements.sorted() == Array(0..<10))
    #expect(elements == Self.shuffled)
  }

  /// Computed by a few lines of Python after the two papers; runs depend on its staying so.
  private static let shuffled = [1, 2, 5, 6, 8, 3, 9, 0, 4, 7]
}
