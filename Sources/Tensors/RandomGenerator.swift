private import Glibc

/// A reproducible sequence of random numbers from a seed: SplitMix64
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
///
/// The same seed gives the same numbers on every machine and with every version of Swift, which is
/// why ``shuffle(_:)`` and ``next(below:)`` stand here instead of the standard library's. The whole
/// state is one number, so that a checkpoint can keep it.
package struct RandomGenerator: RandomNumberGenerator, Codable, Hashable, Sendable {
  /// The state: a generator made with `seed: state` goes on with the same numbers.
  package private(set) var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A sequence of its own for each `stream` of one seed, for example for each image of an epoch.
  package init(seed: UInt64, stream: UInt64) {
    var first = RandomGenerator(seed: seed)
    var second = RandomGenerator(seed: stream &+ 0x632b_e59b_d9b4_e019)
    state = first.next() ^ second.next()
  }

  /// 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// A number in `0..<bound`, each equally likely
  /// (Lemire, "Fast random integer generation in an interval", 2019).
  ///
  /// - Precondition: `bound` is positive.
  package mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "a range has at least one number")
    let range = UInt64(bound)
    var product = range.multipliedFullWidth(by: next())
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = range.multipliedFullWidth(by: next()) }
    }
    return Int(product.high)
  }

  /// A number in `0..<1`: a multiple of 2⁻²⁴, each equally likely.
  package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A number in the half-open range.
  package mutating func uniform(in range: Range<Float>) -> Float {
    // Rounding can reach the upper bound, which does not belong to the range.
    min(
      range.lowerBound + (range.upperBound - range.lowerBound) * uniform(),
      range.upperBound.nextDown)
  }

  /// A number of the normal distribution with mean 0 and standard deviation 1, by the method of
  /// Box and Muller: two draws of the uniform distribution for each number.
  package mutating func normal() -> Float {
    // In (0, 1], so that the logarithm is finite.
    let first = (Double(next() >> 11) + 1) * 0x1p-53
    let second = Double(next() >> 11) * 0x1p-53
    return Float((-2 * log(first)).squareRoot() * cos(2 * .pi * second))
  }

  /// Orders the elements at random (Fisher and Yates), each order equally likely.
  ///
  /// - Complexity: O(*n*).
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for index in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(index, next(below: index + 1))
    }
  }
}
