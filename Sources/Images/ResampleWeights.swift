package import Tensors

/// For each output position along one axis, which inputs it mixes and with what weights.
///
/// The windows and weights are those of Pillow's `Image.resize`: a filter that is widened by the
/// scale when it shrinks, cut at the borders, made to sum to one and rounded to 22 binary places.
package struct ResampleWeights: Sendable {
  /// The first input of each output; never decreases.
  package let starts: [Int]
  /// How many inputs each output mixes, at least one.
  package let counts: [Int]
  /// The longest of ``counts``.
  package let longestCount: Int
  /// The weights of one output after the other, ``longestCount`` numbers for each.
  package let weights: [Float]

  /// The inputs that any output needs.
  package var inputs: Range<Int> {
    guard let first = starts.first, let last = starts.last, let count = counts.last else {
      return 0..<0
    }
    return first..<last + count
  }

  /// Weights for the positions `outputs` of `outputLength`, from `inputLength` inputs.
  ///
  /// - Complexity: O(*outputs* × *inputLength* / *outputLength*); other outputs cost nothing.
  /// - Precondition: both lengths are positive and `outputs` lies within `0..<outputLength`.
  package init(
    inputLength: Int, outputLength: Int, outputs: Range<Int>, interpolation: Interpolation
  ) {
    precondition(inputLength > 0 && outputLength > 0, "an axis has a length")
    precondition(outputs.lowerBound >= 0 && outputs.upperBound <= outputLength)
    let scale = Double(inputLength) / Double(outputLength)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    var rows: [[Float]] = []
    var starts: [Int] = []
    rows.reserveCapacity(outputs.count)
    starts.reserveCapacity(outputs.count)
    for output in outputs {
      let centre = (Double(output) + 0.5) * scale
      let first = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), inputLength)
      var exact = (first..<end).map {
        interpolation.weight(at: (Double($0) - centre + 0.5) / filterScale)
      }
      let sum = exact.reduce(0, +)
      if sum != 0 { for index in exact.indices { exact[index] /= sum } }
      var rounded = exact.map { Float(($0 * 0x1p22).rounded(.toNearestOrAwayFromZero)) * 0x1p-22 }
      // Inputs of no weight at either end need not be read.
      while rounded.count > 1, rounded.last == 0 { rounded.removeLast() }
      let leading = rounded.prefix { $0 == 0 }.count
      let kept = min(leading, rounded.count - 1)
      starts.append(first + kept)
      rows.append(Array(rounded[kept...]))
    }
    // Cutting zeros can move a start past the next one, where rows must be asked for in order.
    for index in starts.indices.dropLast().reversed() where starts[index] > starts[index + 1] {
      rows[index].insert(
        contentsOf: repeatElement(0, count: starts[index] - starts[index + 1]), at: 0)
      starts[index] = starts[index + 1]
    }
    let longest = rows.lazy.map(\.count).max() ?? 0
    self.starts = starts
    counts = rows.map(\.count)
    longestCount = longest
    weights = rows.flatMap { $0 + repeatElement(0, count: longest - $0.count) }
  }
}

extension ResampleWeights {
  /// The same weights for inputs that begin `offset` positions into a longer axis.
  func shifted(by offset: Int) -> ResampleWeights {
    ResampleWeights(
      starts: starts.map { $0 + offset }, counts: counts, longestCount: longestCount,
      weights: weights)
  }

  private init(starts: [Int], counts: [Int], longestCount: Int, weights: [Float]) {
    self.starts = starts
    self.counts = counts
    self.longestCount = longestCount
    self.weights = weights
  }
}

extension Interpolation {
  /// How far from its centre the filter reaches, in outputs.
  fileprivate var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The filter's value at a distance from its centre.
  ///
  /// The cubic is that of Keys, "Cubic convolution interpolation for digital image processing",
  /// IEEE Transactions on Acoustics, Speech and Signal Processing 29 (1981), with a = -0.5.
  fileprivate func weight(at position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}
